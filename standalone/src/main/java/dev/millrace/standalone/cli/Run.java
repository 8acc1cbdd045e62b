package dev.millrace.standalone.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Answers one prompt. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Answers one prompt and ends. What comes from a pipe is put below the prompt.",
            "Starts the platform in the background where none runs."
        },
        footer = {
            "",
            "Examples:",
            "  ./millrace run \"Write a haiku about water\"",
            "  cat notes.txt | ./millrace run \"Summarise:\"",
            "  echo \"What is 2 + 2?\" | ./millrace run --max-tokens 20"
        })
final class Run implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "0..*",
            paramLabel = "PROMPT",
            description = "The prompt; from standard input if there is none.")
    private List<String> words = new ArrayList<>();

    @Option(names = "--model", paramLabel = "NAME", description = "Which of the served models (default: the first).")
    private Optional<String> model = Optional.empty();

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told first.")
    private Optional<String> system = Optional.empty();

    @Option(names = "--max-tokens", paramLabel = "N", description = "At most so many tokens.")
    private Optional<Integer> maxTokens = Optional.empty();

    @Option(names = "--temperature", paramLabel = "X", description = "0 for the most likely answer.")
    private Optional<Double> temperature = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "The same seed gives the same answer.")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--verbose", description = "Say afterwards how many tokens, and how fast.")
    private boolean verbose;

    Run(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        String prompt = prompt();
        Connection connection = Connection.open(session, model);
        Connection.Served served = connection.choose(model);
        ObjectNode body = served.chats()
                ? ChatClient.chat(served.name(), messages(prompt))
                : ChatClient.completion(served.name(), prompt);
        maxTokens.ifPresent(tokens -> body.put("max_tokens", tokens.intValue()));
        temperature.ifPresent(value -> body.put("temperature", value.doubleValue()));
        seed.ifPresent(value -> body.put("seed", value.longValue()));
        try (ChatClient.Call call = connection.client().open(body)) {
            ChatClient.Answer answer = connection.client().stream(call, body, text -> {
                session.out().print(text);
                session.out().flush();
            });
            session.out().println();
            if (verbose) {
                session.err().println(Chat.speed(answer));
            }
        }
        return 0;
    }

    private List<ChatClient.Message> messages(String prompt) {
        List<ChatClient.Message> messages = new ArrayList<>();
        system.ifPresent(text -> messages.add(new ChatClient.Message("system", text)));
        messages.add(new ChatClient.Message("user", prompt));
        return messages;
    }

    private String prompt() throws IOException, Unable {
        String typed = String.join(" ", words);
        boolean piped = !session.interactive() && (words.isEmpty() || System.in.available() > 0);
        String input = piped ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip() : "";
        String prompt = typed.isEmpty() ? input : input.isEmpty() ? typed : typed + "\n\n" + input;
        if (prompt.isEmpty()) {
            throw new Unable("There is no prompt: ./millrace run \"What is a millrace?\"");
        }
        return prompt;
    }
}
