package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.LogFile;
import dev.millrace.standalone.launch.NamedModel;
import dev.millrace.standalone.launch.Plan;
import dev.millrace.standalone.launch.Platform;
import dev.millrace.standalone.launch.Ports;
import dev.millrace.standalone.launch.Server;
import dev.millrace.standalone.launch.Timings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/**
 * Does once what users do: start, chat, ask for the status, stop. Java watches (-XX:AOTCacheOutput) and writes down
 * what it loaded and compiled, so that later starts find it ready.
 */
@Command(name = "train", hidden = true, description = "Makes the cache that lets later starts begin warm.")
final class Train implements Callable<Integer> {
    private static final int ANSWER_TOKENS = 24;

    private final Session session;

    @Option(names = "--model", description = "A model that is there.")
    private String model = "";

    @Option(names = "--commands", description = "Use the commands beside a platform that runs.")
    private boolean commands;

    Train(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        if (commands) {
            useCommands();
            return 0;
        }
        List<NamedModel> models = new ModelChoice(session, false).resolve(List.of(model));
        Home own = Training.ownHome(session.home());
        Plan plan = new Plan(own, Ports.free(), Ports.free(), models);
        LogFile.use(own);
        Server.sharePrograms(session.home(), own);
        try (Server server = Server.open(plan, new Timings())) {
            server.start(_ -> {});
            Platform.Running running = server.running().orElseThrow();
            chat(plan, running.key(), models.getFirst().name());
            trainCommands(own);
        }
        return 0;
    }

    /** In a process of its own, which shares little with the one that serves. */
    private void trainCommands(Home own) throws IOException, InterruptedException {
        Optional<Path> cache = StartCache.commands();
        if (cache.isPresent()) {
            ProcessBuilder process = new ProcessBuilder(
                            JavaProcess.trainedCommands(StartCache.part(cache.get()), List.of("train", "--commands")))
                    .inheritIO();
            process.environment().put("MILLRACE_HOME", own.folder().toString());
            process.start().waitFor();
        }
    }

    private void useCommands() {
        Session quiet = new Session(session.home(), session.environment(), Silence.stream(), Silence.stream());
        for (String command : List.of(
                "--help",
                "up --detach",
                "status",
                "status --json",
                "keys create --name train --print",
                "keys list",
                "models list",
                "run --max-tokens 4 hello")) {
            Millrace.run(quiet, command.split(" ", -1));
        }
    }

    private static void chat(Plan plan, String key, String model) throws IOException, Unable {
        ChatClient client = new ChatClient(plan.url(), key);
        ObjectNode body = ChatClient.chat(model, List.of(new ChatClient.Message("user", "What is a millrace?")));
        body.put("max_tokens", ANSWER_TOKENS);
        try (ChatClient.Call call = client.open(body)) {
            client.stream(call, body, _ -> {});
        }
    }
}
