package dev.millrace.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.ModelState;
import dev.millrace.contracts.v1.ModelStats;
import dev.millrace.contracts.v1.PromptEmbeddings;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.ScoreRequest;
import dev.millrace.contracts.v1.ScoreResponse;
import dev.millrace.contracts.v1.StatsRequest;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.contracts.v1.Usage;
import dev.millrace.inference.engine.HistoryBackend;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The service as its clients see it. */
class InferenceServiceTest extends RunningInference {
    @Test
    void an_answer_comes_token_by_token_and_ends_with_its_usage() {
        List<GenerateEvent> events = generate(request(5, 2, 3, 4).build());
        assertThat(events)
                .extracting(GenerateEvent::getEventCase)
                .containsExactly(
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.DELTA,
                        GenerateEvent.EventCase.CHOICE_FINISHED,
                        GenerateEvent.EventCase.FINISHED);
        assertThat(events.get(5).getChoiceFinished().getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
        assertThat(events.getLast().getFinished().getUsage().getPromptTokens()).isEqualTo(3);
        assertThat(events.getLast().getFinished().getUsage().getCompletionTokens())
                .isEqualTo(5);
        assertThat(stats().getRequestsFinished()).isEqualTo(1);
        assertThat(stats().getBlocksUsed()).isZero();
    }

    @Test
    void every_field_that_cannot_be_is_named() {
        assertInvalid(request(0, 2), "max_tokens", "max_tokens must be 1 or more, was 0");
        assertInvalid(request(-1, 2), "max_tokens", "max_tokens must be 1 or more, was -1");
        assertInvalid(request(1), "prompt", "prompt must hold at least one token, was empty");
        assertInvalid(request(1, 64), "prompt", "prompt must hold token ids from 0 to 63, holds 64");
        assertInvalid(request(1, 2).setN(1000), "n", "n must be from 1 to 128, was 1000");
        assertInvalid(sampling(s -> s.setTemperature(-1)), "temperature", "temperature must be from 0 to 2, was -1.0");
        assertInvalid(
                sampling(s -> s.setTemperature(Float.NaN)), "temperature", "temperature must be from 0 to 2, was NaN");
        assertInvalid(sampling(s -> s.setTopP(2)), "top_p", "top_p must be more than 0 and at most 1, was 2.0");
        assertInvalid(
                sampling(s -> s.setTopLogprobs(100)), "top_logprobs", "top_logprobs must be from 0 to 20, was 100");
        assertInvalid(
                sampling(s -> s.putLogitBias(99, 1)),
                "logit_bias",
                "logit_bias must hold token ids from 0 to 63, holds 99");
        GenerateRequest.Builder stops = request(1, 2);
        for (int i = 0; i < 100; i++) {
            stops.getStopBuilder().addStrings("s" + i);
        }
        assertInvalid(stops, "stop", "stop must hold at most 16 strings, was 100");
        assertThat(generate(request(1, 2).build())).isNotEmpty();
    }

    private static GenerateRequest.Builder sampling(java.util.function.Consumer<SamplingParameters.Builder> change) {
        GenerateRequest.Builder request = request(1, 2);
        change.accept(request.getSamplingBuilder());
        return request;
    }

    private void assertInvalid(GenerateRequest.Builder request, String param, String message) {
        StatusRuntimeException e = refused(request);
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(e.getStatus().getDescription()).isEqualTo(message);
        assertThat(info(e).getReason()).isEqualTo("invalid_value");
        assertThat(info(e).getDomain()).isEqualTo("millrace.dev");
        assertThat(info(e).getMetadataOrThrow("param")).isEqualTo(param);
    }

    @Test
    void a_prompt_that_can_never_fit_is_refused_with_both_numbers() {
        StatusRuntimeException e = refused(request(1_999, 2, 3));
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(info(e).getReason()).isEqualTo("context_length_exceeded");
        assertThat(info(e).getMetadataMap())
                .containsEntry("prompt_tokens", "2")
                .containsEntry("max_tokens", "1999")
                .containsEntry("limit", "2000");
    }

    @Test
    void models_that_are_not_there_say_why() throws InterruptedException {
        StatusRuntimeException unknown = refused(request(1, 2).setModel("nobody"));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(info(unknown).getReason()).isEqualTo("model_not_found");
        StatusRuntimeException loading = refused(request(1, 2).setModel("late"));
        assertThat(loading.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(info(loading).getReason()).isEqualTo("model_loading");
        StatusRuntimeException failed = refused(request(1, 2).setModel("absent"));
        assertThat(failed.getStatus().getDescription()).contains("absent is not there");
        assertThat(model("letters").getBlockTokens()).isEqualTo(4);
        assertThat(model("letters").getContextTokens()).isEqualTo(2_000);
        loads.countDown();
        while (model("late").getState() != ModelState.MODEL_STATE_READY) {
            Thread.sleep(5);
        }
    }

    @Test
    void a_models_own_sampling_is_reported_and_holds_where_a_request_does_not_say() throws InterruptedException {
        loads.countDown();
        while (model("late").getState() != ModelState.MODEL_STATE_READY) {
            Thread.sleep(5);
        }
        assertThat(model("late").getDefaultSampling())
                .isEqualTo(SamplingParameters.newBuilder()
                        .setTemperature(0)
                        .setTopK(20)
                        .setTopP(1)
                        .setMinP(0)
                        .setRepetitionPenalty(1)
                        .build());
        GenerateRequest.Builder request = request(8, 2, 3).setModel("late");
        GenerateRequest.Builder silent = request.clone().clearSampling();

        assertThat(ids(silent)).isEqualTo(ids(request));
        // drawn by other seeds from 64 tokens that are as likely as each other: they can't all agree by chance
        request.getSamplingBuilder().setTemperature(2).setTopK(0);
        assertThat(List.of(ids(request), ids(request), ids(request))).doesNotHaveDuplicates();
    }

    private List<Integer> ids(GenerateRequest.Builder request) {
        return generate(request.build()).stream()
                .flatMap(event -> event.getDelta().getIdsList().stream())
                .toList();
    }

    @Test
    void scores_and_vectors_come_in_the_order_of_what_was_asked() {
        ScoreResponse scores = client().score(ScoreRequest.newBuilder()
                .setModel("letters")
                .addAllIds(List.of(2, 3, 4))
                .setTopLogprobs(2)
                .build());
        assertThat(scores.getLogprobsCount()).isEqualTo(3);
        assertThat(scores.getLogprobs(0).getLogprob()).isNaN();
        assertThat(scores.getLogprobs(1).getTopCount()).isEqualTo(2);
        assertThat(scores.getLogprobs(1).getToken().toStringUtf8()).isEqualTo("b");
        EmbedResponse both = client().embed(EmbedRequest.newBuilder()
                .setModel("letters")
                .addInputs(TokenIds.newBuilder().addAllIds(List.of(2, 3, 4, 5, 6)))
                .addInputs(TokenIds.newBuilder().addIds(7))
                .build());
        EmbedResponse second = client().embed(EmbedRequest.newBuilder()
                .setModel("letters")
                .addInputs(TokenIds.newBuilder().addIds(7))
                .build());
        assertThat(both.getPromptTokens()).isEqualTo(6);
        assertThat(both.getEmbeddings(1)).isEqualTo(second.getEmbeddings(0));
    }

    @Test
    void embeddings_stand_where_tokens_would_and_are_told_apart_in_the_cache() {
        GenerateRequest one = withEmbedding(1f, "one");
        List<GenerateEvent> first = generate(one);
        List<GenerateEvent> again = generate(one);
        List<GenerateEvent> other = generate(withEmbedding(2f, "two"));
        assertThat(text(again)).isEqualTo(text(first));
        assertThat(again.getLast().getFinished().getUsage().getCachedTokens()).isEqualTo(8);
        assertThat(text(other)).isNotEqualTo(text(first));
        assertThat(other.getLast().getFinished().getUsage().getCachedTokens()).isZero();
        GenerateRequest.Builder narrow = withEmbedding(1f, "one").toBuilder();
        narrow.getPromptBuilder(0).getEmbeddingsBuilder().setWidth(2).setValues(ByteString.copyFrom(new byte[8]));
        assertThat(refused(narrow).getStatus().getDescription())
                .isEqualTo("embeddings must be as wide as the model, 4 elements, were 2");
    }

    private static GenerateRequest withEmbedding(float value, String digest) {
        java.nio.ByteBuffer values = java.nio.ByteBuffer.allocate(16)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putFloat(value);
        GenerateRequest.Builder request = request(12, 2, 3, 4, 5, 6, 7, 8, 9);
        return request.addPrompt(
                        0,
                        PromptPart.newBuilder()
                                .setEmbeddings(PromptEmbeddings.newBuilder()
                                        .setRows(1)
                                        .setWidth(4)
                                        .setValues(ByteString.copyFrom(values.rewind()))
                                        .setDigest(ByteString.copyFromUtf8(digest))))
                .build();
    }

    private static String text(List<GenerateEvent> events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.getDelta().getText()));
        return text.toString();
    }

    @Test
    void metrics_carry_the_names_that_dashboards_know() {
        generate(request(5, 2, 3, 4).build());
        assertThat(meters.get("vllm:generation_tokens")
                        .tag("model_name", "letters")
                        .functionCounter()
                        .count())
                .isEqualTo(5);
        assertThat(meters.get("vllm:time_to_first_token").timer().count()).isEqualTo(1);
        assertThat(meters.get("vllm:inter_token_latency").timer().count()).isEqualTo(4);
        assertThat(meters.get("vllm:num_requests_running").gauge().value()).isZero();
        assertThat(meters.get("vllm:kv_cache_usage_perc").gauge().value()).isZero();
    }

    @Test
    void what_speculation_did_is_in_the_usage_in_the_stats_and_in_the_metrics() {
        backend.withHabit(20);
        // it goes round in thirty
        Integer[] prompt = new Integer[40];
        prompt[0] = 2;
        for (int i = 1; i < prompt.length; i++) {
            prompt[i] = HistoryBackend.habitual(prompt[i - 1], 64);
        }
        Usage usage =
                generate(request(30, prompt).build()).getLast().getFinished().getUsage();
        assertThat(usage.getCompletionTokens()).isEqualTo(30);
        assertThat(usage.getAcceptedTokens()).isBetween(10, 29);
        assertThat(usage.getDraftedTokens()).isGreaterThanOrEqualTo(usage.getAcceptedTokens());
        assertThat(counted("vllm:spec_decode_num_accepted_tokens")).isEqualTo(usage.getAcceptedTokens());
        assertThat(counted("vllm:spec_decode_num_draft_tokens")).isEqualTo(usage.getDraftedTokens());
        assertThat(counted("vllm:spec_decode_num_drafts")).isBetween(1.0, (double) usage.getDraftedTokens());
        ModelStats stats = client().stats(StatsRequest.getDefaultInstance()).getModels(0);
        assertThat(stats.getAcceptedTokens()).isEqualTo(usage.getAcceptedTokens());
        assertThat(stats.getDraftedTokens()).isEqualTo(usage.getDraftedTokens());
    }

    private double counted(String meter) {
        return meters.get(meter).tag("model_name", "letters").functionCounter().count();
    }
}
