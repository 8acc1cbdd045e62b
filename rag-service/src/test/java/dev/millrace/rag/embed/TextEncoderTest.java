package dev.millrace.rag.embed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Held to encoders.json, which src/test/python/encoders.py makes of the same files with Hugging Face's tokenizer and numpy. */
class TextEncoderTest {
    @ParameterizedTest
    @ValueSource(strings = {"bge-small-en-v1.5", "all-minilm-l6-v2", "bge-small-zh-v1.5"})
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
    void the_chinese_vectors_of_8_bits_are_those_of_the_model_in_float32_but_for_little() throws Exception {
        try (InputStream stream = TextEncoderTest.class.getResourceAsStream("encoders.json");
                TextEncoder encoder = new TextEncoder(EncoderModel.BGE_SMALL_ZH, 1)) {
            JsonNode golden = JsonMapper.shared().readTree(stream);
            for (int i = 0; i < golden.get("texts").size(); i++) {
                float[][] vector =
                        encoder.texts(List.of(golden.at("/texts/" + i).asString()));
                assertThat(cosine(
                                vector[0],
                                golden.get("bge-small-zh-v1.5, float32").at("/texts/" + i)))
                        .isGreaterThan(0.98);
            }
        }
    }

    @Test
    void a_word_in_latin_capitals_is_known_to_the_chinese_model() {
        try (TextEncoder encoder = new TextEncoder(EncoderModel.BGE_SMALL_ZH, 1)) {
            float[][] vectors = encoder.texts(List.of("我们用 NASA 的数据", "我们用 nasa 的数据", "我们用 BBC 的数据"));
            assertThat(vectors[0]).isEqualTo(vectors[1]).isNotEqualTo(vectors[2]);
        }
    }

    @Test
    void models_cut_texts_alike_if_and_only_if_they_say_so() {
        String text = "Mühlräder \uD83C\uDF0A turn; 水车 too, unbelievably-well. ".repeat(40);
        Map<String, List<Integer>> cuts = new TreeMap<>();
        for (String name : EncoderModel.names()) {
            try (TokenBorders borders = new TokenBorders(EncoderModel.named(name))) {
                cuts.put(name, Arrays.stream(borders.starts(text)).boxed().toList());
            }
        }
        for (String one : cuts.keySet()) {
            for (String other : cuts.keySet()) {
                assertThat(EncoderModel.named(one).cutsAs(EncoderModel.named(other)))
                        .as(one + " and " + other)
                        .isEqualTo(Objects.equals(cuts.get(one), cuts.get(other)));
            }
        }
        assertThat(EncoderModel.MINILM.cutsAs(EncoderModel.BGE_SMALL_EN)).isTrue();
        assertThat(EncoderModel.BGE_SMALL_ZH.cutsAs(EncoderModel.BGE_SMALL_EN)).isFalse();
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
