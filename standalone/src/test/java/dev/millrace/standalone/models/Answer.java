package dev.millrace.standalone.models;

import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.model.StepResult;
import dev.millrace.kernels.compute.TokenBatch;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model's logits after each token of a given answer, the first after the prompt alone.
 *
 * @param logits [answer][vocabulary]
 */
@SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
record Answer(float[][] logits) {
    /**
     * Reads the prompt and the answer in as few steps as there can be. Steps of any size give the same bits, so this is
     * what giving the answer token by token would give.
     */
    static Answer read(Backend backend, int[] prompt, int[] answer) {
        return read(backend, prompt, answer, prompt.length);
    }

    /** The same in steps of one token, from the position {@code whole} on. */
    static Answer readTokenByToken(Backend backend, int[] prompt, int[] answer) {
        return read(backend, prompt, answer, prompt.length - 1);
    }

    /** Greedy choices, in order. */
    int[] best() {
        return IntStream.range(0, logits.length)
                .map(i -> Distributions.best(logits[i]))
                .toArray();
    }

    private static Answer read(Backend backend, int[] prompt, int[] answer, int wholeTokens) {
        boolean tokenByToken = wholeTokens < prompt.length;
        int[] ids = IntStream.concat(IntStream.of(prompt), IntStream.of(answer).limit(answer.length - 1))
                .toArray();
        float[][] logits = new float[answer.length][];
        int[][] blockTables = {IntStream.range(0, backend.blocks()).toArray()};
        int start = 0;
        while (start < ids.length) {
            int most = tokenByToken && start >= wholeTokens ? 1 : (tokenByToken ? wholeTokens : ids.length) - start;
            int count = Math.min(most, backend.maxStepTokens());
            int first = start;
            int[] rows = IntStream.range(0, count)
                    .filter(row -> first + row >= prompt.length - 1)
                    .toArray();
            StepResult result = backend.forward(new Step(
                    new TokenBatch(
                            count,
                            new int[count],
                            IntStream.range(first, first + count).toArray(),
                            blockTables),
                    IntStream.range(first, first + count).map(i -> ids[i]).toArray(),
                    List.of(),
                    rows.length,
                    rows,
                    0,
                    rows));
            long rowBytes = 4L * backend.shape().vocabularySize();
            for (int i = 0; i < rows.length; i++) {
                logits[first + rows[i] - (prompt.length - 1)] =
                        result.logits().asSlice(i * rowBytes, rowBytes).toArray(ValueLayout.JAVA_FLOAT);
            }
            start += count;
        }
        return new Answer(logits);
    }
}
