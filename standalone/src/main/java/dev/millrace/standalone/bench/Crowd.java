package dev.millrace.standalone.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several users who ask at the same moment. */
final class Crowd {
    private Crowd() {}

    /** One user. Not on the caller's own thread: what waits there for a server can't be told to end. */
    static Reply askAlone(CompletionClient client, String prompt, int tokens) throws IOException, InterruptedException {
        return ask(client, List.of(prompt), tokens).getFirst();
    }

    /** What all of them got, in the order of their prompts; fails as the first that failed. */
    static List<Reply> ask(CompletionClient client, List<String> prompts, int tokens)
            throws IOException, InterruptedException {
        List<Future<Reply>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String prompt : prompts) {
                answers.add(threads.submit(() -> client.complete(prompt, tokens)));
            }
            try {
                return get(answers);
            } catch (IOException | InterruptedException | RuntimeException e) {
                threads.shutdownNow();
                throw e;
            }
        }
    }

    static List<Reply> get(List<Future<Reply>> answers) throws IOException, InterruptedException {
        List<Reply> replies = new ArrayList<>();
        for (Future<Reply> answer : answers) {
            replies.add(get(answer));
        }
        return replies;
    }

    static Reply get(Future<Reply> answer) throws IOException, InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * Tokens a second of all together while all of them grew: from the last one's first text to the first one's end.
     * Where the first has ended before the last begins, from the first text to the last.
     */
    static double decodePerSecond(List<Reply> replies) {
        long from = replies.stream().mapToLong(Reply::first).max().orElseThrow();
        long to = replies.stream().mapToLong(Reply::last).min().orElseThrow();
        if (to <= from) {
            from = replies.stream().mapToLong(Reply::first).min().orElseThrow();
            to = replies.stream().mapToLong(Reply::last).max().orElseThrow();
        }
        double tokens = 0;
        for (Reply reply : replies) {
            tokens += reply.tokensBetween(from, to);
        }
        return to == from ? 0 : tokens * 1e9 / (to - from);
    }

    /** Tokens a second of all together, from the first request to the last text. */
    static double wholePerSecond(List<Reply> replies) {
        long from = replies.stream().mapToLong(Reply::sent).min().orElseThrow();
        long to = replies.stream().mapToLong(Reply::last).max().orElseThrow();
        double tokens = replies.stream().mapToInt(Reply::completionTokens).sum();
        return tokens * 1e9 / Math.max(1, to - from);
    }
}
