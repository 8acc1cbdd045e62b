package dev.millrace.rag.embed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Held to pairs.json, which src/test/python/rerankers.py makes of the same weights with transformers. */
class PassageScorerTest {
    private static final Offset<Float> NEAR = Offset.offset(1e-5f);

    private static PassageScorer scorer(String name) {
        return new PassageScorer(RerankerModel.in(RerankerFolders.named(name), 512), 1);
    }

    private static JsonNode goldens() throws Exception {
        try (InputStream stream = PassageScorerTest.class.getResourceAsStream("rerankers/pairs.json")) {
            return JsonMapper.shared().readTree(stream);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "xlmr"})
    void logits_are_those_of_transformers_for_each_pair_alone(String name) throws Exception {
        try (PassageScorer scorer = scorer(name)) {
            int most = 0;
            for (JsonNode golden : goldens()) {
                String question = golden.get("question").asString();
                String passage = golden.get("passage").asString();
                assertThat(scorer.logits(question, List.of(passage))[0][0])
                        .isEqualTo((float) golden.get(name).get("logit").asDouble(), NEAR);
                most = Math.max(most, golden.get(name).get("tokens").asInt());
            }
            // one at least was cut
            assertThat(most).isEqualTo(scorer.model().maxTokens());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "xlmr"})
    void pairs_of_different_lengths_have_the_same_logits_together(String name) throws Exception {
        String question = goldens().get(0).get("question").asString();
        List<String> passages = new ArrayList<>();
        List<Float> expected = new ArrayList<>();
        for (JsonNode golden : goldens()) {
            if (golden.get("question").asString().equals(question)) {
                passages.add(golden.get("passage").asString());
                expected.add((float) golden.get(name).get("logit").asDouble());
            }
        }
        assertThat(passages).hasSizeGreaterThan(2);
        try (PassageScorer scorer = scorer(name)) {
            float[][] logits = scorer.logits(question, passages);
            double[] scores = scorer.scores(question, passages);
            for (int i = 0; i < logits.length; i++) {
                assertThat(logits[i][0]).isEqualTo(expected.get(i), NEAR);
                assertThat(scores[i]).isEqualTo(1 / (1 + Math.exp(-expected.get(i))), Offset.offset(1e-5));
            }
        }
    }

    @Test
    void a_long_question_leaves_half_of_the_room_to_the_passage() {
        try (PassageScorer scorer = scorer("bert")) {
            String question = "When was the mill built? " + "It turns near the road by the river. ".repeat(30);
            // 64, less [CLS] and two [SEP]
            assertThat(scorer.room(question)).isEqualTo(31);
            assertThat(scorer.room("When?")).isEqualTo(59);
            double[] scores = scorer.scores(
                    question, List.of("The mill was built in 1804.", "The mill was built by John Carter."));
            assertThat(scores[0]).isNotEqualTo(scores[1]);
        }
    }

    @Test
    void no_passages_have_no_scores() {
        try (PassageScorer scorer = scorer("bert")) {
            assertThat(scorer.scores("When?", List.of())).isEmpty();
        }
    }
}
