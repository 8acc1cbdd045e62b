package dev.millrace.standalone.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** Holds a conversation in the terminal. */
@Command(
        name = "chat",
        mixinStandardHelpOptions = true,
        description = {
            "Holds a conversation in the terminal; /help lists what else can be typed.",
            "Starts the platform in the background where none runs. Ctrl-C stops an answer, Ctrl-D ends."
        },
        footer = {"", "Example: ./millrace chat --model qwen2.5-coder-1.5b --system \"Answer in one sentence.\""})
final class Chat implements Callable<Integer> {
    private static final String HELP = """
        /model          shows the models, /model NAME changes to one
        /system TEXT    what the model is told first; starts anew
        /reset          forgets the conversation
        /speed          shows or hides tokens per second
        /help           this
        /bye            ends, as Ctrl-D does
        A line that ends in \\ goes on in the next. Ctrl-C stops an answer.
        """;

    private final Session session;
    private final List<ChatClient.Message> messages = new ArrayList<>();
    private final AtomicReference<Optional<ChatClient.Call>> answering = new AtomicReference<>(Optional.empty());
    private boolean showSpeed;

    @Option(names = "--model", paramLabel = "NAME", description = "Which of the served models (default: the first).")
    private Optional<String> model = Optional.empty();

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told first.")
    private Optional<String> system = Optional.empty();

    Chat(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        Connection connection = Connection.open(session, model);
        Connection.Served served = connection.choose(model);
        reset();
        try (Terminal terminal =
                TerminalBuilder.builder().system(true).dumb(true).build()) {
            // while an answer comes, Ctrl-C ends the answer; at the prompt the line reader has it
            terminal.handle(Terminal.Signal.INT, _ -> answering.get().ifPresent(ChatClient.Call::close));
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("millrace")
                    .variable(LineReader.HISTORY_FILE, session.home().folder().resolve("chat_history"))
                    .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
                    .build();
            terminal.writer().println("Chatting with " + served.name() + "; /help for help.");
            converse(connection, served, terminal, reader);
        }
        return 0;
    }

    private void converse(Connection connection, Connection.Served first, Terminal terminal, LineReader reader)
            throws Unable {
        Connection.Served served = first;
        while (true) {
            String line;
            try {
                line = reader.readLine("> ").strip();
            } catch (UserInterruptException e) {
                continue;
            } catch (EndOfFileException e) {
                return;
            }
            if (line.equals("/bye")) {
                return;
            }
            if (line.startsWith("/model ")) {
                served = change(
                        connection, served, line.substring("/model ".length()).strip(), terminal);
            } else if (line.startsWith("/")) {
                command(connection, served, line, terminal);
            } else if (!line.isEmpty()) {
                answer(connection.client(), served, line, terminal);
            }
        }
    }

    private void command(Connection connection, Connection.Served served, String line, Terminal terminal) {
        switch (line.split("\\s+", 2)[0]) {
            case "/help" -> terminal.writer().print(HELP);
            case "/reset" -> {
                reset();
                terminal.writer().println("Forgotten.");
            }
            case "/speed" -> {
                showSpeed = !showSpeed;
                terminal.writer().println(showSpeed ? "Speed is shown." : "Speed is hidden.");
            }
            case "/system" -> {
                system = Optional.of(line.substring("/system".length()).strip()).filter(text -> !text.isEmpty());
                reset();
                terminal.writer().println("Starting anew with that.");
            }
            case "/model" ->
                connection
                        .models()
                        .forEach(model -> terminal.writer()
                                .println((model.equals(served) ? "* " : "  ")
                                        + model.name()
                                        + (model.chats() ? "" : " (completes text, doesn't chat)")));
            default -> terminal.writer().println("There is no " + line + "; /help lists what there is.");
        }
        terminal.flush();
    }

    private static Connection.Served change(
            Connection connection, Connection.Served before, String name, Terminal terminal) {
        try {
            Connection.Served served = connection.choose(Optional.of(name));
            terminal.writer().println("Chatting with " + served.name() + ".");
            return served;
        } catch (Unable e) {
            terminal.writer().println(e.getMessage());
            return before;
        }
    }

    private void answer(ChatClient client, Connection.Served served, String line, Terminal terminal) {
        messages.add(new ChatClient.Message("user", line));
        ObjectNode body =
                served.chats() ? ChatClient.chat(served.name(), messages) : ChatClient.completion(served.name(), line);
        StringBuilder said = new StringBuilder();
        try (ChatClient.Call call = client.open(body)) {
            answering.set(Optional.of(call));
            try {
                ChatClient.Answer answer = client.stream(call, body, text -> {
                    said.append(text);
                    terminal.writer().print(text);
                    terminal.flush();
                });
                terminal.writer().println();
                if (showSpeed) {
                    terminal.writer().println(speed(answer));
                }
            } catch (IOException e) {
                if (!call.isClosed()) {
                    throw e;
                }
                terminal.writer().println(" [stopped]");
            }
            messages.add(new ChatClient.Message("assistant", said.toString()));
        } catch (IOException | Unable e) {
            terminal.writer().println(e.getMessage());
            // what couldn't be answered isn't part of the conversation
            messages.removeLast();
        } finally {
            answering.set(Optional.empty());
        }
        terminal.flush();
    }

    private void reset() {
        messages.clear();
        system.ifPresent(text -> messages.add(new ChatClient.Message("system", text)));
    }

    static String speed(ChatClient.Answer answer) {
        double decodeSeconds = Math.max(1, answer.totalMillis() - answer.firstMillis()) / 1000;
        return String.format(
                Locale.ROOT,
                "[%d tokens in, %d out; first after %.0f ms, then %.1f a second]",
                answer.promptTokens(),
                answer.completionTokens(),
                answer.firstMillis(),
                Math.max(0, answer.completionTokens() - 1) / decodeSeconds);
    }
}
