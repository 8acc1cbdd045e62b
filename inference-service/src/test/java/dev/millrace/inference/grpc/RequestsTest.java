package dev.millrace.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.models.SamplingDefaults.Parameter;
import java.util.Map;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RequestsTest {
    private static final SamplingDefaults OWN = SamplingDefaults.NONE
            .with(Parameter.TEMPERATURE, 0.7)
            .with(Parameter.TOP_K, 20)
            .with(Parameter.TOP_P, 0.8)
            .with(Parameter.MIN_P, 0.05)
            .with(Parameter.REPETITION_PENALTY, 1.1);

    private static dev.millrace.inference.sample.SamplingParameters read(
            SamplingParameters.Builder sampling, SamplingDefaults defaults) {
        GenerateRequest request = GenerateRequest.newBuilder()
                .addPrompt(PromptPart.newBuilder().setIds(TokenIds.newBuilder().addIds(1)))
                .setSampling(sampling.setSeed(9))
                .build();
        return new Requests(RandomGenerator.getDefault())
                .generate(request, defaults)
                .sampling();
    }

    private static dev.millrace.inference.sample.SamplingParameters parameters(
            float temperature, int topK, float topP, float minP, float repetitionPenalty) {
        return new dev.millrace.inference.sample.SamplingParameters(
                temperature, topK, topP, minP, repetitionPenalty, 0, 0, Map.of(), 9, OptionalInt.empty());
    }

    @Test
    void what_a_request_leaves_open_is_the_models_own() {
        assertThat(read(SamplingParameters.newBuilder(), OWN)).isEqualTo(parameters(0.7f, 20, 0.8f, 0.05f, 1.1f));
        assertThat(read(SamplingParameters.newBuilder().setTopP(0.5f), OWN))
                .isEqualTo(parameters(0.7f, 20, 0.5f, 0.05f, 1.1f));
    }

    @Test
    void what_a_request_says_holds_though_it_be_the_neutral_value() {
        SamplingParameters.Builder neutral = SamplingParameters.newBuilder()
                .setTemperature(1)
                .setTopK(0)
                .setTopP(1)
                .setMinP(0)
                .setRepetitionPenalty(1);

        assertThat(read(neutral, OWN)).isEqualTo(parameters(1, 0, 1, 0, 1));
    }

    @Test
    void a_model_of_which_nothing_is_known_is_sampled_as_it_is() {
        assertThat(read(SamplingParameters.newBuilder(), SamplingDefaults.NONE)).isEqualTo(parameters(1, 0, 1, 0, 1));
    }
}
