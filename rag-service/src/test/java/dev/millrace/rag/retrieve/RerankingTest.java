package dev.millrace.rag.retrieve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.rag.embed.PassageScorer;
import dev.millrace.rag.embed.RerankerFolders;
import dev.millrace.rag.embed.RerankerModel;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.Nearness;
import dev.millrace.rag.text.Pages;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** With the cross-encoder that knows what who, when and where ask for. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RerankingTest {
    private static final String PLACE = "The mill was repaired near York.";
    private static final String NAME = "The mill was repaired by John Carter.";
    private static final String YEAR = "The mill was repaired in 1804.";

    private final PassageScorer scorer = new PassageScorer(RerankerModel.in(RerankerFolders.bert(), 512), 1);

    @AfterAll
    void close() {
        scorer.close();
    }

    /** Found in this order, with scores from .9 downwards. */
    private static List<Hit> found(String... texts) {
        List<Hit> hits = new ArrayList<>();
        for (String text : texts) {
            double score = 0.9 - 0.1 * hits.size();
            hits.add(new Hit(
                    "c",
                    "d" + hits.size(),
                    "",
                    text,
                    0,
                    text.length(),
                    Pages.NONE,
                    "",
                    score,
                    new Nearness(score, 0),
                    Map.of()));
        }
        return hits;
    }

    @Test
    void what_answers_comes_first_with_the_models_score_and_is_as_near_as_before() {
        List<Hit> ordered =
                new Reranking(scorer, 20, 0).ordered("When was the mill repaired?", found(PLACE, NAME, YEAR));
        assertThat(ordered.getFirst().text()).isEqualTo(YEAR);
        assertThat(ordered.getFirst().score())
                .isEqualTo(scorer.scores("When was the mill repaired?", List.of(YEAR))[0])
                .isGreaterThan(0.9);
        assertThat(ordered.getFirst().nearness().cosine())
                .isEqualTo(found(PLACE, NAME, YEAR).get(2).nearness().cosine());
        assertThat(ordered.get(1).score()).isLessThan(0.1);
    }

    @Test
    void what_is_not_read_follows_in_its_order_and_scores_never_rise() {
        List<Hit> found = found(PLACE, NAME, YEAR, "The mill was repaired in 1805.", "The mill was repaired in 1806.");
        List<Hit> ordered = new Reranking(scorer, 3, 0).ordered("Who repaired the mill?", found);
        assertThat(ordered)
                .extracting(Hit::text)
                .containsExactlyInAnyOrderElementsOf(
                        found.stream().map(Hit::text).toList());
        assertThat(ordered.getFirst().text()).isEqualTo(NAME);
        assertThat(ordered.subList(3, 5)).extracting(Hit::document).containsExactly("d3", "d4");
        assertThat(ordered).extracting(Hit::score).isSortedAccordingTo(Comparator.reverseOrder());
        // by relevance alone it had more than all but the first
        assertThat(ordered.get(3).score())
                .isEqualTo(ordered.get(2).score())
                .isLessThan(found.get(3).score());
    }

    @Test
    void of_a_long_passage_the_sentences_are_read_that_match_the_question() {
        String passage = "The old mill was moved. ".repeat(10) + YEAR;
        List<Hit> found = found(passage, PLACE);
        String question = "When was the mill repaired?";
        assertThat(new Reranking(scorer, 20, 0).ordered(question, found))
                .allSatisfy(hit -> assertThat(hit.score()).isLessThan(0.5));
        Hit best = new Reranking(scorer, 20, 1).ordered(question, found).getFirst();
        assertThat(best.text()).isEqualTo(passage);
        assertThat(best.score()).isEqualTo(scorer.scores(question, List.of(YEAR))[0]);
    }

    @Test
    void nothing_found_stays_nothing() {
        assertThat(new Reranking(scorer, 20, 3).ordered("When?", List.of())).isEmpty();
    }
}
