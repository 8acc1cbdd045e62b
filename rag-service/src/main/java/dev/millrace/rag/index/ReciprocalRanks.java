package dev.millrace.rag.index;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How what several ways found becomes one list.
 *
 * @see <a href="https://doi.org/10.1145/1571941.1572114">Reciprocal rank fusion</a>
 */
public final class ReciprocalRanks {
    static final int K = 60;

    private ReciprocalRanks() {}

    /** The sum of what is first by each way. */
    static double best(Question.Mode mode) {
        return (mode == Question.Mode.HYBRID ? 2.0 : 1.0) / (K + 1);
    }

    /**
     * For all that any way found the sum of reciprocal ranks, as a share of what something has that is first by each.
     *
     * @param ways each the best first
     */
    public static <T> Map<T, Double> shares(Question.Mode mode, List<List<T>> ways) {
        Map<T, Double> shares = new LinkedHashMap<>();
        for (List<T> way : ways) {
            for (int i = 0; i < way.size(); i++) {
                shares.merge(way.get(i), 1.0 / (K + i + 1) / best(mode), Double::sum);
            }
        }
        return shares;
    }
}
