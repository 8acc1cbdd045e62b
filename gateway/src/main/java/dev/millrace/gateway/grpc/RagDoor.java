package dev.millrace.gateway.grpc;

import com.google.protobuf.Message;
import dev.millrace.contracts.v1.AskEvent;
import dev.millrace.contracts.v1.AskRequest;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.RetrieveResponse;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.generation.Ledger;
import dev.millrace.gateway.generation.Models;
import dev.millrace.gateway.grounded.FileSearch;
import dev.millrace.gateway.grounded.GroundedAnswers;
import dev.millrace.gateway.grounded.Judge;
import dev.millrace.gateway.grounded.Manner;
import dev.millrace.gateway.grounded.Question;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RequestContext;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Of the service Rag what has to do with answers, for gRPC clients: their key's tenant is the tenant. */
@Component
final class RagDoor extends RagGrpc.RagImplBase {
    private static final int MOST_RESULTS = 50;
    private static final int DEFAULT_RESULTS = 10;

    private final Doorkeeper doorkeeper;
    private final Models models;
    private final GroundedAnswers grounded;
    private final RagClient rag;
    private final Ledger ledger;
    private final Replies replies;

    RagDoor(
            Doorkeeper doorkeeper,
            Models models,
            GroundedAnswers grounded,
            RagClient rag,
            Ledger ledger,
            Replies replies) {
        this.doorkeeper = doorkeeper;
        this.models = models;
        this.grounded = grounded;
        this.rag = rag;
        this.ledger = ledger;
        this.replies = replies;
    }

    @Override
    public void ask(AskRequest request, StreamObserver<AskEvent> answer) {
        replies.send(
                request,
                doorkeeper.admit("grpc:Ask").flatMapMany(context -> {
                    Question question = question(context, request);
                    AskEvents events = new AskEvents();
                    return grounded.answer(question, _ -> {}).map(events::of);
                }),
                answer);
    }

    private Question question(RequestContext context, AskRequest request) {
        Chats.checkMessages(request.getMessagesList());
        return new Question(
                context,
                models.engines(context, request.getModel()),
                "messages",
                Chats.chat(request.getModel(), request.getMessagesList()),
                Chats.shape(request.getSampling(), request.getStop(), 1),
                true,
                search(request),
                new Manner(judge(request), request.getStepByStep()));
    }

    private static Optional<Judge> judge(AskRequest request) {
        return switch (request.getJudge()) {
            case JUDGE_UNSPECIFIED -> Optional.empty();
            case JUDGE_CHECK -> Optional.of(Judge.CHECK);
            case JUDGE_MODEL -> Optional.of(Judge.MODEL);
            case JUDGE_VOTE -> Optional.of(Judge.VOTE);
            case UNRECOGNIZED ->
                throw Refusal.invalid("judge", "judge has no value " + request.getJudgeValue())
                        .exception();
        };
    }

    private static FileSearch search(AskRequest request) {
        if (request.getCollectionIdsCount() == 0) {
            throw Refusal.invalid("collection_ids", "collection_ids is empty: name the collections to search")
                    .exception();
        }
        int results = request.getMaxResults() == 0 ? DEFAULT_RESULTS : request.getMaxResults();
        if (results < 1 || results > MOST_RESULTS) {
            throw Refusal.invalid(
                            "max_results",
                            "max_results must be 1 to " + MOST_RESULTS + ", or 0 for " + DEFAULT_RESULTS + ", was "
                                    + results)
                    .exception();
        }
        return new FileSearch(
                request.getCollectionIdsList(),
                results,
                request.hasFilter() ? Optional.of(request.getFilter()) : Optional.empty(),
                request.getRanker(),
                request.hasMinScore() ? OptionalDouble.of(request.getMinScore()) : OptionalDouble.empty(),
                request.getRewriteQuery());
    }

    @Override
    public void retrieve(RetrieveRequest request, StreamObserver<RetrieveResponse> answer) {
        metered(
                request,
                "grpc:Retrieve",
                "search",
                Stream.of(request.getQuery()),
                answer,
                tenant -> rag.retrieve(request.toBuilder().setTenant(tenant).build()));
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
        Stream<String> read = Stream.concat(Stream.of(request.getText()), request.getPassagesList().stream());
        metered(
                request,
                "grpc:Check",
                "groundedness",
                read,
                answer,
                tenant -> rag.check(request.toBuilder().setTenant(tenant).build()));
    }

    private <A> void metered(
            Message request,
            String endpoint,
            String work,
            Stream<String> read,
            StreamObserver<A> answer,
            Function<String, Mono<A>> ask) {
        replies.send(
                request,
                doorkeeper.admit(endpoint).flatMap(context -> {
                    context.require(Scope.INFERENCE);
                    return ledger.metered(
                            context, work, read, ask.apply(context.caller().tenant()), _ -> 0);
                }),
                answer);
    }
}
