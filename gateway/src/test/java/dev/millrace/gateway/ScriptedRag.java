package dev.millrace.gateway;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.RetrieveResponse;
import dev.millrace.contracts.v1.Source;
import dev.millrace.contracts.v1.Verdict;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A service of documents with one vector store, {@link #STORE}, whose passages a test names. Its check goes by words: a
 * sentence is supported where a passage has it, contradicted where only numbers differ, and not found otherwise.
 */
public final class ScriptedRag implements AutoCloseable {
    public static final String STORE = "vs_mill";

    private final String name = "rag-" + UUID.randomUUID();
    private final Server server;
    public final List<Passage> passages = new CopyOnWriteArrayList<>();
    public final Queue<RetrieveRequest> retrieves = new ConcurrentLinkedQueue<>();
    public final Deque<CheckRequest> checksAsked = new ConcurrentLinkedDeque<>();
    /** Whether there is a model to check with. */
    public volatile boolean checks = true;
    /** Of the passages that are named from now on. */
    public volatile double relevance = 0.9;

    public ScriptedRag() {
        try {
            server = InProcessServerBuilder.forName(name)
                    .addService(new Documents())
                    .build()
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public String address() {
        return "in-process:" + name;
    }

    public void has(String fileId, String filename, int page, String text) {
        passages.add(Passage.newBuilder()
                .setCollectionId(STORE)
                .setDocumentId(fileId)
                .setFilename(filename)
                .setFirstPage(page)
                .setLastPage(page)
                .setStart(1_000)
                .setEnd(1_000 + text.length())
                .setScore(0.9)
                .setRelevance(relevance)
                .setText(text)
                .build());
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private final class Documents extends RagGrpc.RagImplBase {
        @Override
        public void retrieve(RetrieveRequest request, StreamObserver<RetrieveResponse> answer) {
            retrieves.add(request);
            if (request.getMaxResults() > 50) {
                answer.onError(error(
                        Status.Code.INVALID_ARGUMENT,
                        "invalid_value",
                        "max_results",
                        "max_results must be 1 to 50, was " + request.getMaxResults()));
                return;
            }
            if (!request.getCollectionIdsList().equals(List.of(STORE))) {
                answer.onError(error(
                        Status.Code.NOT_FOUND,
                        "collection_not_found",
                        "collection_id",
                        "there is no collection \"" + request.getCollectionIds(0) + "\""));
                return;
            }
            answer.onNext(RetrieveResponse.newBuilder().addAllPassages(passages).build());
            answer.onCompleted();
        }

        @Override
        public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
            checksAsked.add(request);
            if (!checks) {
                answer.onError(error(
                        Status.Code.FAILED_PRECONDITION,
                        "check_unavailable",
                        "",
                        "this build has no model to check with"));
                return;
            }
            CheckResponse.Builder response = CheckResponse.newBuilder().setThreshold(0.5);
            if (!request.getText().startsWith("Sure")) {
                response.addSentences(checked(request));
            }
            answer.onNext(response.build());
            answer.onCompleted();
        }

        private static CheckedSentence checked(CheckRequest request) {
            String sentence = request.getText();
            CheckedSentence.Builder checked =
                    CheckedSentence.newBuilder().setText(sentence).setEnd(sentence.length());
            if (request.getPassagesCount() > 0) {
                String first = request.getPassages(0);
                checked.setPremise(first)
                        .setClosest(Source.newBuilder().setEnd(first.length()).setQuote(first));
            }
            for (int i = 0; i < request.getPassagesCount(); i++) {
                String passage = request.getPassages(i);
                int at = passage.indexOf(sentence);
                if (at >= 0) {
                    return checked.setVerdict(Verdict.VERDICT_SUPPORTED)
                            .setScore(0.97)
                            .setSource(Source.newBuilder()
                                    .setPassage(i)
                                    .setStart(at)
                                    .setEnd(at + sentence.length())
                                    .setQuote(sentence))
                            .build();
                }
                if (passage.replaceAll("\\d", "0").contains(sentence.replaceAll("\\d", "0"))) {
                    return checked.setVerdict(Verdict.VERDICT_CONTRADICTED)
                            .setScore(0.04)
                            .setSource(Source.newBuilder()
                                    .setPassage(i)
                                    .setEnd(passage.length())
                                    .setQuote(passage))
                            .build();
                }
            }
            return checked.setVerdict(Verdict.VERDICT_NOT_FOUND).setScore(0.1).build();
        }
    }

    private static StatusRuntimeException error(Status.Code code, String reason, String param, String message) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain("millrace.dev")
                        .putMetadata("param", param)
                        .build()))
                .build());
    }
}
