package dev.millrace.rag.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Held to sentences.json, which src/main/python/check/sentences.py prints: what the check is trained on is cut by it. */
class SentencesTest {
    @Test
    void sentences_are_cut_as_the_training_cuts_them() throws Exception {
        try (InputStream stream = SentencesTest.class.getResourceAsStream("sentences.json")) {
            JsonNode goldens = JsonMapper.shared().readTree(stream);
            assertThat(goldens).isNotEmpty();
            for (JsonNode golden : goldens) {
                List<Span> expected = new ArrayList<>();
                golden.get("spans")
                        .forEach(span -> expected.add(
                                new Span(span.get(0).asInt(), span.get(1).asInt())));
                assertThat(Sentences.split(golden.get("text").asString())).isEqualTo(expected);
            }
        }
    }

    @Test
    void a_text_of_white_space_has_no_sentence() {
        assertThat(Sentences.split(" \n\n \t")).isEmpty();
    }
}
