package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a model says to prompts, the likeliest token each time; nothing is learnt of it. */
public final class GreedyAnswers {
    private final Decoder decoder;
    private final Optional<Trained> trained;

    /** @param trained none for the model as it was */
    public GreedyAnswers(Decoder decoder, Optional<Trained> trained) {
        this.decoder = decoder;
        this.trained = trained;
    }

    /**
     * All prompts are answered side by side.
     *
     * @param prompts each of a token or more
     * @param ends tokens that end an answer
     * @param most tokens of an answer
     * @return for each prompt the tokens of its answer, the one that ended it among them
     */
    public List<int[]> to(List<int[]> prompts, Set<Integer> ends, int most) {
        int[] lengths = prompts.stream().mapToInt(ids -> ids.length).toArray();
        int[][] said = new int[most][];
        try (Scope scope = decoder.torch().scope()) {
            KeyValueCache cache = new KeyValueCache(scope, lengths);
            TokenBatch batch = new TokenBatch(prompts);
            long[] lastRows = Arrays.stream(batch.starts())
                    .skip(1)
                    .mapToLong(end -> end - 1L)
                    .toArray();
            said[0] = next(scope, cache, batch.ids(), batch.positions(), batch.runs(), lastRows);
            long[] each = new long[lengths.length];
            Arrays.setAll(each, i -> i);
            for (int i = 1; i < most && !allEnd(said, i, ends); i++) {
                long[] positions = new long[lengths.length];
                int given = i - 1;
                Arrays.setAll(positions, sequence -> lengths[sequence] + given);
                said[i] = next(
                        scope, cache, Arrays.stream(said[given]).asLongStream().toArray(), positions, each, each);
            }
        }
        List<int[]> answers = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            answers.add(answer(said, i, ends));
        }
        return answers;
    }

    private int[] next(Scope scope, KeyValueCache cache, long[] ids, long[] positions, long[] runs, long[] rows) {
        Pass pass = new Pass(trained, PassSettings.LOOK, Optional.of(cache), runs, Optional.empty());
        try (Scope own = scope.inner()) {
            NDArray hidden = decoder.forward(own, decoder.embed(own, ids), ids, positions, pass)
                    .hidden();
            return decoder.likeliest(own, hidden, rows);
        }
    }

    private static boolean allEnd(int[][] said, int tokens, Set<Integer> ends) {
        for (int i = 0; i < said[0].length; i++) {
            int sequence = i;
            if (Arrays.stream(said, 0, tokens).noneMatch(each -> ends.contains(each[sequence]))) {
                return false;
            }
        }
        return true;
    }

    private static int[] answer(int[][] said, int sequence, Set<Integer> ends) {
        int count = 0;
        while (count < said.length
                && said[count] != null
                && (count == 0 || !ends.contains(said[count - 1][sequence]))) {
            count++;
        }
        return Arrays.stream(said, 0, count).mapToInt(each -> each[sequence]).toArray();
    }
}
