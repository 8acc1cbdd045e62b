package dev.millrace.standalone.cli;

import dev.millrace.standalone.catalogue.PullException;
import dev.millrace.standalone.launch.LogFile;
import dev.millrace.standalone.launch.NamedModel;
import dev.millrace.standalone.launch.Plan;
import dev.millrace.standalone.launch.Ports;
import dev.millrace.standalone.launch.RunFile;
import dev.millrace.standalone.launch.Server;
import dev.millrace.standalone.launch.StartException;
import dev.millrace.standalone.launch.Timings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the platform and holds it until Ctrl-C. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Starts PostgreSQL, a Kafka broker and all services in one process, on the loopback interface.",
            "Fetches the model first, if it isn't there. Ctrl-C or ./millrace down stops all of it."
        },
        footer = {
            "",
            "Examples:",
            "  ./millrace up --model qwen2.5-coder-1.5b --model smollm2-135m",
            "  ./millrace up --model ~/models/mine.gguf --port 9000",
            "  ./millrace up --detach && ./millrace status --json",
            "",
            "Exit code of --detach: 0 once requests are answered, 1 with the reason."
        })
final class Up implements Callable<Integer> {
    private final Session session;

    @Option(
            names = "--model",
            paramLabel = "NAME|PATH",
            description = "A model of the catalogue, a .gguf file or a Hugging Face folder. Repeatable.")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--port",
            defaultValue = "8080",
            paramLabel = "N",
            description = "Port of the HTTP surface (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--grpc-port",
            defaultValue = "9090",
            paramLabel = "N",
            description = "Port of the gRPC surface (default: ${DEFAULT-VALUE}).")
    private int grpcPort;

    @Option(names = "--detach", description = "Return once requests are answered, and run on in the background.")
    private boolean detach;

    @Option(
            names = "--accept-licence",
            description = "Agree to the licence of a model that isn't under an open-source one.")
    private boolean acceptLicence;

    @Option(names = "--timings", description = "Show where the start's time went.")
    private boolean showTimings;

    Up(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        Optional<RunFile> running = RunFile.ofLiving(session.home());
        if (running.isPresent()) {
            return alreadyRuns(running.get());
        }
        requireFree("--port", port);
        requireFree("--grpc-port", grpcPort);
        Plan plan = new Plan(session.home(), port, grpcPort, chosenModels());
        if (detach) {
            return Background.start(session, plan) ? 0 : 1;
        }
        Timings timings = new Timings();
        LogFile.use(session.home());
        try (StartCache cache = new StartCache(session.home());
                Server server = Server.open(plan, timings)) {
            // Ctrl-C, a TERM, and the end by ./millrace down all come through here
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(cache, server), "stop"));
            cache.endLeftOver();
            server.start(started -> {
                session.out().print(Greeting.of(plan, started.models().all(), started.key(), timings.now()));
                if (showTimings) {
                    session.out().print(timings.table());
                }
                session.out().flush();
            });
            cache.makeOnce(nameOf(plan.models().getFirst()));
            server.awaitStopWanted();
            stop(cache, server);
        }
        return 0;
    }

    /** What --model names it by. */
    private String nameOf(NamedModel model) {
        boolean ours = model.path().equals(session.home().models().resolve(model.name() + ".gguf"));
        return ours ? model.name() : model.path().toString();
    }

    private void stop(StartCache cache, Server server) {
        if (server.isReady()) {
            session.out().println("Stopping.");
        }
        // first, for it takes processor time from what has to end in time
        cache.close();
        server.close();
    }

    private List<NamedModel> chosenModels() throws Unable, PullException, InterruptedException {
        return new ModelChoice(session, acceptLicence).resolve(models);
    }

    private int alreadyRuns(RunFile running) throws IOException {
        session.out().println("Millrace already runs at " + running.url() + " (pid " + running.pid() + ").");
        return 0;
    }

    private static void requireFree(String option, int port) throws StartException {
        if (port >= 1 && port <= 65535 && !Ports.isFree(port)) {
            String owner = Ports.owner(port).map(name -> " by " + name).orElse("");
            throw new StartException(String.format(
                    Locale.ROOT, "Port %d is in use%s: end that, or choose another with %s.", port, owner, option));
        }
    }
}
