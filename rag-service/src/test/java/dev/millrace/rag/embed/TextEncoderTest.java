package dev.millrace.rag.embed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Held to encoders.json, which src/test/python/encoders.py makes of the same files with Hugging Face's tokenizer and numpy. */
class TextEncoderTest {
    @ParameterizedTest
    @ValueSource(strings = {"bge-small-en-v1.5", "all-minilm-l6-v2"})
    void vectors_agree_with_another_implementation(String name) throws Exception {
        try (InputStream stream = TextEncoderTest.class.getResourceAsStream("encoders.json");
                TextEncoder encoder = new TextEncoder(EncoderModel.named(name), 1)) {
            JsonNode golden = JsonMapper.shared().readTree(stream);
            List<String> texts = new ArrayList<>();
            golden.get("texts").forEach(text -> texts.add(text.asString()));
            float[][] vectors = encoder.texts(texts);
            for (int i = 0; i < texts.size(); i++) {
                // int8 activations are scaled by the batch that they stand in: equal to the last digit only alone
                assertThat(cosine(vectors[i], golden.get(name).get("texts").get(i)))
                        .isGreaterThan(0.97);
                assertThat(cosine(
                                encoder.texts(List.of(texts.get(i)))[0],
                                golden.get(name).get("texts").get(i)))
                        .isGreaterThan(0.9999);
            }
            assertThat(cosine(encoder.question(texts.get(0)), golden.get(name).get("question")))
                    .isGreaterThan(0.9999);
        }
    }

    @Test
    void all_models_cut_texts_alike_so_that_chunks_stay_what_they_are_when_a_collection_gets_another() {
        String text = "Mühlräder \uD83C\uDF0A turn; 水车 too, unbelievably-well. ".repeat(40);
        List<EncoderModel> models =
                EncoderModel.names().stream().map(EncoderModel::named).toList();
        assertThat(models).extracting(EncoderModel::maxTokens).containsOnly(512);
        Set<List<Integer>> cuts = new HashSet<>();
        for (EncoderModel model : models) {
            try (TokenBorders borders = new TokenBorders(model)) {
                cuts.add(Arrays.stream(borders.starts(text)).boxed().toList());
            }
        }
        assertThat(models).hasSizeGreaterThan(1);
        assertThat(cuts).hasSize(1);
    }

    private static double cosine(float[] ours, JsonNode theirs) {
        double dot = 0;
        double square = 0;
        for (int d = 0; d < ours.length; d++) {
            dot += ours[d] * theirs.get(d).asDouble();
            square += ours[d] * ours[d];
        }
        assertThat(square).isBetween(0.9999, 1.0001);
        return dot;
    }
}
