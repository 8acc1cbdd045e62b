package dev.millrace.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.AskEvent;
import dev.millrace.contracts.v1.AskFinished;
import dev.millrace.contracts.v1.AskJudgement;
import dev.millrace.contracts.v1.AskRequest;
import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.Judge;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.MillraceGrpc;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.RagGrpc;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.Verdict;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import dev.millrace.gateway.ScriptedRag;
import dev.millrace.gateway.usage.RequestUsage;
import dev.millrace.testing.Eventually;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service Rag at the gateway's door. */
class RagDoorTest {
    private static final ScriptedRag RAG = new ScriptedRag();
    private static RunningGateway gateway;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws Exception {
        gateway = new RunningGateway("millrace.rag.address=" + RAG.address());
        channel = Grpc.newChannelBuilder("127.0.0.1:" + gateway.grpcPort(), InsecureChannelCredentials.create())
                .build();
        Eventually.holds(
                "serve its models",
                () -> MillraceGrpc.newBlockingStub(withKey(RunningGateway.KEY))
                                .listModels(ModelsRequest.getDefaultInstance())
                                .getModelsCount()
                        > 0);
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        gateway.close();
        RAG.close();
    }

    @BeforeEach
    void two_files() {
        RAG.checks = true;
        RAG.relevance = 0.9;
        RAG.passages.clear();
        RAG.retrieves.clear();
        gateway.usages.clear();
        RAG.has("file-wheel", "wheel.md", 0, "The wheel has forty buckets. It turns slowly.");
        RAG.has("file-mill", "mill.pdf", 3, "The mill was built in 1820. It stands by the river.");
    }

    private static Channel withKey(String key) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private static RagGrpc.RagBlockingStub stub(String key) {
        return RagGrpc.newBlockingStub(withKey(key)).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    private static AskRequest.Builder question() {
        return AskRequest.newBuilder()
                .setModel(FakeBackend.SCRIPTED)
                .addMessages(ChatMessage.newBuilder()
                        .setRole("user")
                        .addContent(ContentPart.newBuilder().setText("When was the mill built?")))
                .addCollectionIds(ScriptedRag.STORE);
    }

    private static List<AskEvent> ask(AskRequest.Builder request) {
        List<AskEvent> events = new ArrayList<>();
        stub(RunningGateway.KEY).ask(request.build()).forEachRemaining(events::add);
        return events;
    }

    private static String text(List<AskEvent> events) {
        return events.stream().map(AskEvent::getText).collect(Collectors.joining());
    }

    @Test
    void an_answer_brings_sources_then_text_then_each_sentence_s_verdict_and_citation_then_what_it_took() {
        gateway.backend.script = "The mill was built in 1820 [2]. The wheel has ninety buckets.";
        List<AskEvent> events = ask(question());
        assertThat(events.getFirst().getSources().getPassagesList()).hasSize(2);
        assertThat(events.getFirst().getSources().getQueriesList()).containsExactly("When was the mill built?");
        assertThat(text(events)).isEqualTo("The mill was built in 1820. The wheel has ninety buckets.");
        List<AskJudgement> judged = events.stream()
                .filter(AskEvent::hasJudgement)
                .map(AskEvent::getJudgement)
                .toList();
        assertThat(judged).hasSize(2);
        assertThat(judged.getFirst().getSentence().getVerdict()).isEqualTo(Verdict.VERDICT_SUPPORTED);
        assertThat(judged.getFirst().getSentence().getEnd()).isEqualTo(27);
        assertThat(judged.getFirst().getSentence().getSource().getPassage()).isEqualTo(1);
        assertThat(judged.getFirst().getSentence().getSource().getPage()).isEqualTo(3);
        assertThat(judged.getFirst().getCitations(0).getDocumentId()).isEqualTo("file-mill");
        assertThat(judged.getFirst().getCitations(0).getIndex()).isEqualTo(27);
        assertThat(judged.getLast().getSentence().getVerdict()).isEqualTo(Verdict.VERDICT_NOT_FOUND);
        assertThat(judged.getLast().getCitationsList()).isEmpty();
        AskFinished finished = events.getLast().getFinished();
        assertThat(finished.getVerdict()).isEqualTo(Verdict.VERDICT_NOT_FOUND);
        assertThat(finished.getAbstained()).isFalse();
        assertThat(finished.getUsage().getCompletionTokens()).isPositive();
        assertThat(gateway.usages)
                .singleElement()
                .satisfies(usage -> assertThat(usage.endpoint()).isEqualTo("grpc:Ask"));
        assertThat(gateway.limits.open).hasValue(0);
    }

    @Test
    void an_abstention_says_why() {
        RAG.passages.clear();
        List<AskEvent> events = ask(question());
        assertThat(text(events)).isEqualTo("The documents don't say.");
        assertThat(events.getLast().getFinished().getAbstained()).isTrue();
        assertThat(events.getLast().getFinished().getReason()).isEqualTo("no_relevant_passage");
    }

    @Test
    void the_model_s_word_counts_where_it_judges_or_votes_and_is_metered() {
        gateway.backend.script = "The wheel has ninety buckets.";
        gateway.backend.yes = 0.99;
        List<AskEvent> judged = ask(question().setJudge(Judge.JUDGE_MODEL));
        assertThat(judged.getLast().getFinished().getVerdict()).isEqualTo(Verdict.VERDICT_SUPPORTED);
        assertThat(judged.getLast().getFinished().getScore()).isCloseTo(0.99, within(1e-6));
        assertThat(gateway.usages)
                .extracting(RequestUsage::requestId)
                .hasSize(2)
                .doesNotHaveDuplicates();
        gateway.backend.yes = 0.01;
        assertThat(ask(question().setJudge(Judge.JUDGE_VOTE)).getLast().getFinished())
                .satisfies(finished -> {
                    assertThat(finished.getAbstained()).isTrue();
                    assertThat(finished.getReason()).isEqualTo("unsupported");
                });
    }

    @Test
    void reasoning_is_told_apart_from_the_answer_and_is_not_checked() {
        gateway.backend.script =
                "Reasoning: the wheel has ninety buckets, or so I think.\nAnswer: The mill was built in 1820.";
        List<AskEvent> events = ask(question().setStepByStep(true));
        assertThat(events.stream().map(AskEvent::getReasoning).collect(Collectors.joining()))
                .isEqualTo("the wheel has ninety buckets, or so I think.");
        assertThat(text(events)).isEqualTo("The mill was built in 1820.");
        assertThat(events.stream().filter(AskEvent::hasJudgement)).hasSize(1);
        assertThat(events.getLast().getFinished().getVerdict()).isEqualTo(Verdict.VERDICT_SUPPORTED);
    }

    @Test
    void an_answer_that_cannot_be_checked_has_no_verdict() {
        RAG.checks = false;
        gateway.backend.script = "The mill was built in 1820.";
        AskFinished finished = ask(question()).getLast().getFinished();
        assertThat(finished.getVerdict()).isEqualTo(Verdict.VERDICT_UNSPECIFIED);
        assertThat(finished.hasScore()).isFalse();
        assertThat(finished.getReason()).isEqualTo("check_unavailable");
    }

    @Test
    void the_key_s_tenant_takes_the_place_of_one_that_a_request_names() {
        String own = ownTenant();
        stub(RunningGateway.KEY)
                .retrieve(RetrieveRequest.newBuilder()
                        .setTenant("another")
                        .setQuery("mill")
                        .addCollectionIds(ScriptedRag.STORE)
                        .build());
        assertThat(RAG.retrieves)
                .singleElement()
                .satisfies(request -> assertThat(request.getTenant()).isEqualTo(own));
        assertThat(stub(RunningGateway.KEY)
                        .check(CheckRequest.newBuilder()
                                .setTenant("another")
                                .setText("It turns slowly.")
                                .addPassages("The wheel has forty buckets. It turns slowly.")
                                .build())
                        .getSentences(0)
                        .getVerdict())
                .isEqualTo(Verdict.VERDICT_SUPPORTED);
        assertThat(RAG.checksAsked.getLast().getTenant()).isEqualTo(own);
    }

    /** That an answer's search went with. */
    private static String ownTenant() {
        gateway.backend.script = "It turns slowly.";
        ask(question());
        return Objects.requireNonNull(RAG.retrieves.poll()).getTenant();
    }

    @Test
    void without_a_key_or_with_one_that_is_not_for_it_nothing_is_answered() {
        assertThat(refused(() -> RagGrpc.newBlockingStub(channel).retrieve(RetrieveRequest.getDefaultInstance()))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(refused(() -> stub(RunningGateway.ADMIN_KEY).check(CheckRequest.getDefaultInstance()))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refused(() -> stub(RunningGateway.TINY_ONLY_KEY)
                                .ask(question().build())
                                .forEachRemaining(_ -> {}))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(refused(() -> stub(RunningGateway.KEY).listCollections(ListCollectionsRequest.getDefaultInstance()))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.UNIMPLEMENTED);
    }

    @Test
    void what_cannot_be_meant_is_refused_by_its_field() {
        assertThat(param(question().clearCollectionIds())).isEqualTo("collection_ids");
        assertThat(param(question().setMaxResults(51))).isEqualTo("max_results");
        assertThat(param(question().clearMessages())).isEqualTo("messages");
        assertThat(param(question().setMessages(0, ChatMessage.newBuilder().setRole("assistant"))))
                .isEqualTo("messages");
    }

    private static String param(AskRequest.Builder request) {
        StatusRuntimeException failure = refused(() -> ask(request));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        return param(failure);
    }

    private static String param(StatusRuntimeException failure) {
        return info(failure).getMetadataOrDefault("param", "none");
    }

    @Test
    void what_the_service_refuses_is_named_by_its_own_field_and_code_too() {
        StatusRuntimeException unknown = refused(() -> ask(question().setCollectionIds(0, "vs_none")));
        assertThat(info(unknown).getReason()).isEqualTo("collection_not_found");
        assertThat(param(unknown)).isEqualTo("collection_ids");
        RetrieveRequest many = RetrieveRequest.newBuilder()
                .setQuery("mill")
                .addCollectionIds(ScriptedRag.STORE)
                .setMaxResults(51)
                .build();
        assertThat(param(refused(() -> stub(RunningGateway.KEY).retrieve(many))))
                .isEqualTo("max_results");
    }

    private static ErrorInfo info(StatusRuntimeException failure) {
        try {
            return Objects.requireNonNull(StatusProto.fromThrowable(failure))
                    .getDetails(0)
                    .unpack(ErrorInfo.class);
        } catch (IOException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private static StatusRuntimeException refused(Runnable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call::run);
    }
}
