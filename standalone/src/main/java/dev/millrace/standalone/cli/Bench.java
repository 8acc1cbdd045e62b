package dev.millrace.standalone.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Measures how fast the running platform answers. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures prefill and decode of each served model, over HTTP, with 1 and with several users.",
            "Every prompt differs from its first token on: nothing comes from the prefix cache."
        },
        footer = {"", "Example: ./millrace bench --users 1,16 --prefill 512 --decode 128 --json"})
final class Bench implements Callable<Integer> {
    private static final List<String> WORDS = List.of(
            "the", "water", "turns", "a", "wheel", "below", "old", "stone", "and", "wood", "while", "grain", "falls");

    private final Session session;

    @Option(names = "--model", paramLabel = "NAME", description = "Only this model. Repeatable.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--users",
            split = ",",
            defaultValue = "1,16",
            paramLabel = "N",
            description = "How many ask at the same time (default: ${DEFAULT-VALUE}).")
    private List<Integer> users = new ArrayList<>();

    @Option(
            names = "--prefill",
            defaultValue = "512",
            paramLabel = "N",
            description = "Tokens of the prompt, about (default: ${DEFAULT-VALUE}).")
    private int prefill;

    @Option(
            names = "--decode",
            defaultValue = "128",
            paramLabel = "N",
            description = "Tokens of the answer (default: ${DEFAULT-VALUE}).")
    private int decode;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    Bench(Session session) {
        this.session = session;
    }

    /**
     * What was measured.
     *
     * @param firstMillis median time to the first token
     * @param promptTokensPerSecond of all users together, until the last had its first token
     * @param tokensPerSecond of all users together, from the first request to the last token
     * @param tokensPerSecondEach median over users, from a user's first token to his last
     */
    record Result(
            String model,
            int users,
            int promptTokens,
            int completionTokens,
            double firstMillis,
            double promptTokensPerSecond,
            double tokensPerSecond,
            double tokensPerSecondEach) {}

    @Override
    public Integer call() throws Exception {
        Connection connection = Connection.open(session, names.stream().findFirst());
        List<Result> results = new ArrayList<>();
        for (Connection.Served model : connection.models()) {
            if (names.isEmpty() || names.contains(model.name())) {
                session.err().println("Measuring " + model.name());
                measure(connection.client(), model.name(), 1, Math.min(decode, 16));
                for (int count : users) {
                    results.add(measure(connection.client(), model.name(), count, decode));
                }
            }
        }
        session.out().print(json ? asJson(results) : asTable(results));
        session.out().flush();
        return 0;
    }

    private Result measure(ChatClient client, String model, int count, int tokens)
            throws InterruptedException, ExecutionException {
        String prompt = prompt();
        List<Future<ChatClient.Answer>> answers = new ArrayList<>();
        long begin = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int user = 0; user < count; user++) {
                String own = Long.toString(System.nanoTime(), 36) + " " + user + " " + prompt;
                answers.add(threads.submit(() -> ask(client, model, own, tokens)));
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        List<ChatClient.Answer> done = new ArrayList<>();
        for (Future<ChatClient.Answer> answer : answers) {
            done.add(answer.get());
        }
        return summarise(model, count, seconds, done);
    }

    private static Result summarise(String model, int count, double seconds, List<ChatClient.Answer> done) {
        int promptTokens =
                done.stream().mapToInt(ChatClient.Answer::promptTokens).sum();
        int completionTokens =
                done.stream().mapToInt(ChatClient.Answer::completionTokens).sum();
        double lastFirst =
                done.stream().mapToDouble(ChatClient.Answer::firstMillis).max().orElse(1);
        double[] first = done.stream()
                .mapToDouble(ChatClient.Answer::firstMillis)
                .sorted()
                .toArray();
        double[] each = done.stream()
                .mapToDouble(answer -> (answer.completionTokens() - 1)
                        * 1000
                        / Math.max(1, answer.totalMillis() - answer.firstMillis()))
                .sorted()
                .toArray();
        return new Result(
                model,
                count,
                promptTokens / count,
                completionTokens / count,
                first[count / 2],
                promptTokens * 1000 / Math.max(1, lastFirst),
                completionTokens / seconds,
                each[count / 2]);
    }

    private static ChatClient.Answer ask(ChatClient client, String model, String prompt, int tokens)
            throws IOException, Unable {
        ObjectNode body = ChatClient.completion(model, prompt);
        body.put("max_tokens", tokens).put("temperature", 0).put("ignore_eos", true);
        try (ChatClient.Call call = client.open(body)) {
            return client.stream(call, body, _ -> {});
        }
    }

    /** English words of one token each in most vocabularies. */
    private String prompt() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < prefill - 10; i++) {
            text.append(WORDS.get(i % WORDS.size())).append(' ');
        }
        return text.toString();
    }

    private static String asJson(List<Result> results) {
        ArrayNode list = JsonMapper.shared().createArrayNode();
        for (Result result : results) {
            list.addObject()
                    .put("model", result.model())
                    .put("users", result.users())
                    .put("prompt_tokens", result.promptTokens())
                    .put("completion_tokens", result.completionTokens())
                    .put("first_token_millis", result.firstMillis())
                    .put("prompt_tokens_per_second", result.promptTokensPerSecond())
                    .put("tokens_per_second", result.tokensPerSecond())
                    .put("tokens_per_second_each", result.tokensPerSecondEach());
        }
        return list.toPrettyString() + "\n";
    }

    private static String asTable(List<Result> results) {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-22s %5s %6s %6s %14s %12s %12s %12s%n",
                "MODEL",
                "USERS",
                "IN",
                "OUT",
                "FIRST TOKEN",
                "PREFILL t/s",
                "ALL t/s",
                "EACH t/s"));
        for (Result result : results) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-22s %5d %6d %6d %11.0f ms %12.1f %12.1f %12.1f%n",
                    result.model(),
                    result.users(),
                    result.promptTokens(),
                    result.completionTokens(),
                    result.firstMillis(),
                    result.promptTokensPerSecond(),
                    result.tokensPerSecond(),
                    result.tokensPerSecondEach()));
        }
        return table.toString();
    }
}
