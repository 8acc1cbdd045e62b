package dev.millrace.inference.engine;

import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Requests of every kind, many of them beginning alike. */
final class RandomRequests {
    private final Random random;
    private final int vocabularySize;
    private final int longestPrompt;
    private final int longestAnswer;
    private final int[][] prefixes;
    private int count;

    RandomRequests(Random random, int vocabularySize, int longestPrompt, int longestAnswer) {
        this.random = random;
        this.vocabularySize = vocabularySize;
        this.longestPrompt = longestPrompt;
        this.longestAnswer = longestAnswer;
        this.prefixes = IntStream.range(0, 4)
                .mapToObj(i -> ids(1 + random.nextInt(longestPrompt - 1)))
                .toArray(int[][]::new);
    }

    Request next() {
        String id = "request-" + count++;
        return switch (random.nextInt(12)) {
            case 0 -> new Request.Score(id, prompt(), random.nextInt(4), salt());
            case 1 -> new Request.Embed(id, List.of(prompt(), prompt()), pooling(), random.nextBoolean());
            default ->
                new Request.Generate(
                        id,
                        prompt(),
                        sampling(),
                        stop(),
                        random.nextInt(6) == 0 ? 3 : 1,
                        random.nextInt(3),
                        salt(),
                        random.nextInt(8) == 0);
        };
    }

    /** The same, sharing nothing with any other request. */
    static Request apart(Request request) {
        String salt = "apart " + request.id();
        return switch (request) {
            case Request.Generate g ->
                new Request.Generate(
                        g.id(), g.prompt(), g.sampling(), g.stop(), g.n(), g.priority(), salt, g.promptLogprobs());
            case Request.Score s -> new Request.Score(s.id(), s.prompt(), s.topLogprobs(), salt);
            case Request.Embed e -> e;
        };
    }

    private String salt() {
        return random.nextInt(5) == 0 ? "tenant" : "";
    }

    private Request.Pooling pooling() {
        return random.nextBoolean() ? Request.Pooling.MEAN : Request.Pooling.LAST;
    }

    private Prompt prompt() {
        int[] prefix = prefixes[random.nextInt(prefixes.length)];
        int[] tail = ids(random.nextInt(longestPrompt - prefix.length + 1));
        return Prompt.of(
                IntStream.concat(IntStream.of(prefix), IntStream.of(tail)).toArray());
    }

    private int[] ids(int length) {
        return random.ints(length, 2, vocabularySize).toArray();
    }

    private SamplingParameters sampling() {
        boolean greedy = random.nextInt(3) == 0;
        Map<Integer, Float> bias = new HashMap<>();
        if (random.nextInt(4) == 0) {
            bias.put(random.nextInt(vocabularySize), random.nextFloat() * 10 - 5);
        }
        return new SamplingParameters(
                greedy ? 0 : 0.5f + random.nextFloat(),
                random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0,
                random.nextInt(3) == 0 ? 0.5f + random.nextFloat() / 2 : 1,
                random.nextInt(4) == 0 ? random.nextFloat() / 5 : 0,
                random.nextInt(3) == 0 ? 1.2f : 1,
                random.nextInt(3) == 0 ? 0.5f : 0,
                random.nextInt(3) == 0 ? 0.3f : 0,
                bias,
                random.nextLong(),
                random.nextInt(3) == 0 ? OptionalInt.of(random.nextInt(4)) : OptionalInt.empty());
    }

    private StopConditions stop() {
        int max = 1 + random.nextInt(longestAnswer);
        List<String> strings = random.nextInt(3) == 0 ? List.of(letters(2), letters(1) + " " + letters(1)) : List.of();
        Set<Integer> ids =
                random.nextInt(4) == 0 ? new HashSet<>(List.of(2 + random.nextInt(vocabularySize - 2))) : Set.of();
        return new StopConditions(
                OptionalInt.of(max),
                random.nextInt(4) == 0 ? random.nextInt(max + 1) : 0,
                strings,
                ids,
                random.nextInt(4) == 0,
                random.nextBoolean());
    }

    private String letters(int length) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < length; i++) {
            letters.append((char) ('a' + random.nextInt(26)));
        }
        return letters.toString();
    }
}
