package dev.millrace.standalone.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One newcomer whose prompt is read while others' answers grow.
 *
 * @param alone the same length of prompt with nobody else there
 * @param beside with the others there
 * @param before the others' gaps before he came, in milliseconds
 * @param during the others' gaps from his request to his first text, in milliseconds
 */
record Arrival(Reply alone, Reply beside, List<Double> before, List<Double> during) {
    /** The newcomer comes once each of the others has so many pieces. */
    private static final int SETTLED_PIECES = 16;
    /** The others' answers must outlast the newcomer's prompt; they are cut short once it is read. */
    private static final List<Integer> ANSWER_TOKENS = List.of(2048, 512, 128, 48);

    /**
     * @throws RefusedException if the server's context holds none of the lengths that the others' answers could have
     */
    static Arrival measure(CompletionClient client, String aloneText, String besideText, List<String> others)
            throws IOException, InterruptedException {
        Reply alone = Crowd.askAlone(client, aloneText, 1);
        for (int tokens : ANSWER_TOKENS) {
            try {
                return play(client, alone, besideText, others, tokens);
            } catch (RefusedException e) {
                if (tokens == ANSWER_TOKENS.getLast()) {
                    throw e;
                }
            }
        }
        throw new IllegalStateException("the last length returns or throws");
    }

    private static Arrival play(
            CompletionClient client, Reply alone, String besideText, List<String> prompts, int tokens)
            throws IOException, InterruptedException {
        AtomicBoolean enough = new AtomicBoolean();
        List<AtomicInteger> pieces = new ArrayList<>();
        List<Future<Reply>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String prompt : prompts) {
                AtomicInteger count = new AtomicInteger();
                pieces.add(count);
                answers.add(threads.submit(() -> client.complete(prompt, tokens, () -> {
                    count.incrementAndGet();
                    return !enough.get();
                })));
            }
            try {
                awaitSettled(pieces, answers);
                Reply newcomer = Crowd.askAlone(client, besideText, 1);
                enough.set(true);
                return of(alone, newcomer, Crowd.get(answers));
            } catch (IOException | InterruptedException | RuntimeException e) {
                threads.shutdownNow();
                throw e;
            }
        }
    }

    private static void awaitSettled(List<AtomicInteger> pieces, List<Future<Reply>> answers)
            throws InterruptedException {
        while (pieces.stream().anyMatch(count -> count.get() < SETTLED_PIECES)
                && answers.stream().noneMatch(Future::isDone)) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    static Arrival of(Reply alone, Reply newcomer, List<Reply> others) {
        List<Double> before = new ArrayList<>();
        List<Double> during = new ArrayList<>();
        long settled = others.stream().mapToLong(Reply::first).max().orElseThrow();
        for (Reply other : others) {
            if (settled < newcomer.sent()) {
                before.addAll(other.gapsMillis(settled, newcomer.sent()));
            }
            during.addAll(other.gapsMillis(newcomer.sent(), newcomer.first()));
        }
        return new Arrival(alone, newcomer, before, during);
    }
}
