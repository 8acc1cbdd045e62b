package dev.millrace.standalone.soak;

import dev.millrace.inference.engine.Request;
import dev.millrace.inference.engine.StopConditions;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Requests of every kind, many of them beginning alike, and who asks them. */
final class RandomLoad {
    private static final List<String> STOPS = List.of(" the", "e", "\n", ".", "qu", "ing ");

    /** A request and its client. */
    record Call(Request request, Client client) {}

    private final Random random;
    private final Sizes sizes;
    private final int vocabulary;
    private final int[][] prefixes;
    private int count;

    RandomLoad(Random random, Sizes sizes, int vocabulary) {
        this.random = random;
        this.sizes = sizes;
        this.vocabulary = vocabulary;
        this.prefixes = IntStream.range(0, 4)
                .mapToObj(i -> ids(1 + random.nextInt(sizes.longestPrompt() - 1)))
                .toArray(int[][]::new);
    }

    Call next() {
        String id = "request-" + count++;
        return switch (random.nextInt(25)) {
            case 0, 1 -> new Call(new Request.Score(id, prompt(), random.nextInt(4), salt()), client());
            case 2, 3 -> new Call(embedding(id), client());
            // no outbox holds what it gives, so its client is sure to be thrown out
            case 4 -> new Call(generate(id, StopConditions.after(sizes.tooManyToRead()), true, 1), new Client.Absent());
            default -> {
                int n = oneIn(6) ? 2 + random.nextInt(2) : 1;
                yield new Call(generate(id, stop(1 + random.nextInt(sizes.longestAnswer() / n)), false, n), client());
            }
        };
    }

    /** One that can never fit. */
    Request tooLong() {
        return new Request.Score("too-long", Prompt.of(ids(sizes.cacheTokens() + 16)), 0, "");
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

    private Request generate(String id, StopConditions stop, boolean toTheEnd, int n) {
        StopConditions conditions =
                toTheEnd ? new StopConditions(stop.maxTokens(), 0, List.of(), Set.of(), true, false) : stop;
        return new Request.Generate(
                id, prompt(), sampling(), conditions, n, random.nextInt(3), salt(), !toTheEnd && oneIn(8));
    }

    private Request embedding(String id) {
        List<Prompt> inputs = IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(i -> prompt())
                .toList();
        Request.Pooling pooling = random.nextBoolean() ? Request.Pooling.MEAN : Request.Pooling.LAST;
        return new Request.Embed(id, inputs, pooling, random.nextBoolean());
    }

    private Client client() {
        return switch (random.nextInt(8)) {
            case 0 -> new Client.Slow(1 + random.nextInt(20));
            case 1 -> new Client.Leaving(random.nextInt(sizes.longestAnswer()));
            default -> new Client.Eager();
        };
    }

    private StopConditions stop(int maxTokens) {
        return new StopConditions(
                OptionalInt.of(maxTokens),
                oneIn(4) ? random.nextInt(maxTokens + 1) : 0,
                oneIn(3) ? List.of(STOPS.get(random.nextInt(STOPS.size()))) : List.of(),
                oneIn(4) ? Set.of(random.nextInt(vocabulary)) : Set.of(),
                oneIn(4),
                random.nextBoolean());
    }

    private SamplingParameters sampling() {
        Map<Integer, Float> bias = new HashMap<>();
        if (oneIn(4)) {
            bias.put(random.nextInt(vocabulary), random.nextFloat() * 10 - 5);
        }
        return new SamplingParameters(
                oneIn(3) ? 0 : 0.5f + random.nextFloat(),
                oneIn(3) ? 1 + random.nextInt(40) : 0,
                oneIn(3) ? 0.5f + random.nextFloat() / 2 : 1,
                oneIn(4) ? random.nextFloat() / 5 : 0,
                oneIn(3) ? 1.2f : 1,
                oneIn(3) ? 0.5f : 0,
                oneIn(3) ? 0.3f : 0,
                bias,
                random.nextLong(),
                oneIn(3) ? OptionalInt.of(random.nextInt(4)) : OptionalInt.empty());
    }

    private Prompt prompt() {
        int[] prefix = prefixes[random.nextInt(prefixes.length)];
        int[] tail = ids(random.nextInt(sizes.longestPrompt() - prefix.length + 1));
        return Prompt.of(
                IntStream.concat(IntStream.of(prefix), IntStream.of(tail)).toArray());
    }

    private int[] ids(int length) {
        return random.ints(length, 0, vocabulary).toArray();
    }

    private String salt() {
        return oneIn(5) ? "tenant" : "";
    }

    private boolean oneIn(int many) {
        return random.nextInt(many) == 0;
    }
}
