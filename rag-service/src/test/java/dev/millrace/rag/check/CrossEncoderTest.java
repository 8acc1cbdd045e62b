package dev.millrace.rag.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Held to probabilities.json, which src/main/python/check/goldens.py prints. */
class CrossEncoderTest {
    @Test
    void probabilities_are_those_of_the_training() throws Exception {
        try (InputStream stream = CrossEncoderTest.class.getResourceAsStream("probabilities.json");
                CrossEncoder encoder = new CrossEncoder(1)) {
            JsonNode goldens = JsonMapper.shared().readTree(stream);
            assertThat(goldens).hasSizeGreaterThan(3);
            for (JsonNode golden : goldens) {
                ClaimClassifier.Probabilities found = encoder.classify(List.of(new ClaimClassifier.Pair(
                                golden.get("premise").asString(),
                                golden.get("claim").asString())))
                        .getFirst();
                JsonNode expected = golden.get("probabilities");
                assertThat(found.supported()).isEqualTo(expected.get(0).asDouble(), Offset.offset(1e-3));
                assertThat(found.contradicted()).isEqualTo(expected.get(1).asDouble(), Offset.offset(1e-3));
                assertThat(found.notFound()).isEqualTo(expected.get(2).asDouble(), Offset.offset(1e-3));
            }
        }
    }
}
