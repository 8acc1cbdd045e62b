package dev.millrace.rag.retrieve;

import dev.millrace.rag.embed.PassageScorer;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.text.Premises;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Puts the best passages into another order, by a model that reads each together with the question.
 *
 * @param passages  so many are read, the best by relevance
 * @param sentences that are read of a passage, those that match the question best; 0 for all of it
 */
public record Reranking(PassageScorer scorer, int passages, int sentences) {
    /**
     * Those that are read, with the model's scores, and behind them the others in their order. An other one's score is at most
     * the last one's that was read: scores never rise along the list.
     */
    List<Hit> ordered(String question, List<Hit> bestFirst) {
        List<Hit> read = bestFirst.subList(0, Math.min(passages, bestFirst.size()));
        double[] scores = scorer.scores(
                question, read.stream().map(hit -> read(question, hit)).toList());
        List<Hit> ordered = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            ordered.add(read.get(i).with(scores[i], read.get(i).nearness()));
        }
        ordered.sort(Comparator.comparingDouble(Hit::score).reversed());
        for (Hit other : bestFirst.subList(read.size(), bestFirst.size())) {
            double most = ordered.getLast().score();
            ordered.add(other.with(Math.min(most, other.score()), other.nearness()));
        }
        return ordered;
    }

    private String read(String question, Hit hit) {
        return sentences == 0
                ? hit.text()
                : new Premises(List.of(hit.text())).of(question, sentences).text();
    }
}
