package dev.millrace.standalone.cli;

import dev.millrace.standalone.catalogue.PullException;
import dev.millrace.standalone.launch.Build;
import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.StartException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What {@code ./millrace} runs. */
@Command(
        name = "millrace",
        mixinStandardHelpOptions = true,
        versionProvider = Millrace.Version.class,
        header = "An LLM platform on the JVM: serves models to OpenAI's clients.",
        synopsisSubcommandLabel = "COMMAND",
        description = "%nStart with @|bold ./millrace up|@ in one terminal and @|bold ./millrace chat|@ in another.%n",
        footer = {
            "",
            "Examples:",
            "  ./millrace up                                   the default model, at http://127.0.0.1:8080/v1",
            "  ./millrace up --detach --model qwen2.5-coder-1.5b",
            "  ./millrace run \"What is a millrace?\"",
            "  git diff | ./millrace run \"Write a commit message for this change\"",
            "  KEY=$(./millrace keys create --name ci --print)",
            "",
            "Everything that is written lies in MILLRACE_HOME (default ~/.millrace).",
            "./millrace COMMAND --help says more about each command."
        })
public final class Millrace implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(new Session(Home.of(System.getenv()), System.getenv(), out, err), arguments));
    }

    /** Runs one command and returns its exit code: 0 done, 1 not done for a reason that was said, 2 wrong usage. */
    static int run(Session session, String... arguments) {
        SequencedMap<String, Supplier<Object>> all = commands(session);
        // the one that is named will do: making them all is a good part of a short command's time
        boolean named = arguments.length > 0 && all.containsKey(arguments[0]);
        return commandLine(session, named ? Set.of(arguments[0]) : all.keySet()).execute(arguments);
    }

    /** Every command. */
    static CommandLine commandLine(Session session) {
        return commandLine(session, commands(session).keySet());
    }

    private static SequencedMap<String, Supplier<Object>> commands(Session session) {
        SequencedMap<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("up", () -> new Up(session));
        commands.put("down", () -> new Down(session));
        commands.put("status", () -> new Status(session));
        commands.put("logs", () -> new Logs(session));
        commands.put("chat", () -> new Chat(session));
        commands.put("run", () -> new Run(session));
        commands.put(
                "models",
                () -> new CommandLine(new Models())
                        .addSubcommand(new Models.List(session))
                        .addSubcommand(new Models.Pull(session))
                        .addSubcommand(new Models.Show(session))
                        .addSubcommand(new Models.Remove(session)));
        commands.put(
                "keys",
                () -> new CommandLine(new Keys())
                        .addSubcommand(new Keys.Create(session))
                        .addSubcommand(new Keys.List(session))
                        .addSubcommand(new Keys.Rotate(session))
                        .addSubcommand(new Keys.Revoke(session))
                        .addSubcommand(new Keys.Draw(session)));
        commands.put(
                "tune",
                () -> new CommandLine(new Tune(session))
                        .addSubcommand(new Tune.List(session))
                        .addSubcommand(new Tune.Show(session))
                        .addSubcommand(new Tune.Cancel(session))
                        .addSubcommand(new Tune.Pause(session))
                        .addSubcommand(new Tune.Resume(session))
                        .addSubcommand(new TuneMerge(session)));
        commands.put(
                "docs",
                () -> new CommandLine(new Docs())
                        .addSubcommand(new DocsAdd(session))
                        .addSubcommand(new DocsAsk(session))
                        .addSubcommand(new DocsSearch(session))
                        .addSubcommand(new DocsList(session))
                        .addSubcommand(new DocsRemove(session)));
        commands.put("bench", () -> new Bench(session));
        commands.put("doctor", () -> new Doctor(session));
        commands.put("completion", () -> new Completion(session));
        commands.put("train", () -> new Train(session));
        return commands;
    }

    private static CommandLine commandLine(Session session, Set<String> names) {
        CommandLine commands = new CommandLine(new Millrace());
        commands(session).forEach((name, command) -> {
            if (names.contains(name)) {
                commands.addSubcommand(command.get());
            }
        });
        return commands.setExecutionExceptionHandler((thrown, _, _) -> explain(session, thrown))
                .setOut(new PrintWriter(session.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(session.err(), true, StandardCharsets.UTF_8))
                .setUsageHelpAutoWidth(true);
    }

    private static int explain(Session session, Exception thrown) throws Exception {
        return switch (thrown) {
            case StartException _, PullException _, Unable _, IOException _, IllegalArgumentException _ -> {
                session.err().println(thrown.getMessage() == null ? thrown.toString() : thrown.getMessage());
                yield 1;
            }
            default -> throw thrown;
        };
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"Millrace " + Build.current().version(), "Java " + Runtime.version()};
        }
    }
}
