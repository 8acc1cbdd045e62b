package dev.millrace.rag.retrieve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.PassageScorer;
import dev.millrace.rag.embed.RerankerFolders;
import dev.millrace.rag.embed.RerankerModel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RerankerTest {
    private static final String QUESTION = "When was the mill painted?";

    @Test
    void a_text_that_is_longer_than_a_cross_encoder_reads_is_as_good_as_its_best_stretch() {
        String text = "The old mill was moved. ".repeat(20) + "The mill was painted in 1804.";
        try (Encoders encoders = new Encoders(1);
                PassageScorer scorer = new PassageScorer(RerankerModel.in(RerankerFolders.bert(), 512), 1)) {
            Reranker reranker = new Reranker(encoders, Optional.of(scorer), "all-minilm-l6-v2");
            Reranker.Ranking ranking = reranker.rank("bert", QUESTION, List.of("It turns.", text));
            double score = ranking.bestFirst().stream()
                    .filter(one -> one.index() == 1)
                    .mapToDouble(Reranker.Ranked::score)
                    .sum();
            Stretches stretches = Stretches.of(List.of(text), scorer.borders(), scorer.room(QUESTION));
            assertThat(stretches.stretches()).hasSizeGreaterThan(2);
            assertThat(String.join("", stretches.stretches())).isEqualTo(text);
            double[] alone = scorer.scores(QUESTION, stretches.stretches());
            assertThat(score).isEqualTo(Arrays.stream(alone).max().orElseThrow(), Offset.offset(1e-5));
            // its beginning is not what made it so good
            assertThat(score).isGreaterThan(scorer.scores(QUESTION, List.of(text))[0] + 0.5);
            assertThat(ranking.tokens()).isGreaterThan(120);
        }
    }
}
