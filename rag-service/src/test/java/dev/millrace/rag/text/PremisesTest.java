package dev.millrace.rag.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Held to sentences.json, which src/main/python/check/sentences.py prints: the model reads what it was trained to read. */
class PremisesTest {
    @Test
    void the_best_sentences_are_those_of_the_training() throws Exception {
        try (InputStream stream = Sentences.class.getResourceAsStream("sentences.json")) {
            for (JsonNode golden : JsonMapper.shared().readTree(stream)) {
                String text = golden.get("text").asString();
                List<Span> expected = new ArrayList<>();
                golden.get("best")
                        .forEach(i -> expected.add(Sentences.split(text).get(i.asInt())));
                assertThat(new Premises(List.of(text)).best(golden.get("claim").asString(), 2))
                        .extracting(Premises.Place::span)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void they_may_be_of_several_passages() {
        Premises premises = new Premises(List.of("The mill stands. It is old.", "", "A river turns the wheel."));
        assertThat(premises.best("The river turns the old mill's wheel.", 2))
                .extracting(Premises.Place::passage)
                .contains(2);
        assertThat(new Premises(List.of()).best("Anything.", 2)).isEmpty();
    }
}
