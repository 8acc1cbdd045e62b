package dev.millrace.rag.retrieve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.index.Nearness;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RelevanceTest {
    static Iterable<String> models() {
        return EncoderModel.names();
    }

    @ParameterizedTest
    @MethodSource("models")
    void every_model_has_been_fitted_and_what_is_nearer_is_likelier(String model) {
        assertThat(Relevance.fitted()).containsKey(model);
        Relevance relevance = Objects.requireNonNull(Relevance.fitted().get(model));
        double nothing = relevance.of(new Nearness(0.3, 0));
        double byMeaning = relevance.of(new Nearness(0.8, 0));
        double byBoth = relevance.of(new Nearness(0.8, 0.5));
        assertThat(nothing)
                .as("far below the least that the gateway answers from")
                .isLessThan(0.1);
        assertThat(byMeaning).isGreaterThan(nothing);
        assertThat(byBoth).isGreaterThan(byMeaning).isLessThanOrEqualTo(1);
    }
}
