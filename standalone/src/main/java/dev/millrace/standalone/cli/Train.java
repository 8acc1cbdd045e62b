package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.LogFile;
import dev.millrace.standalone.launch.NamedModel;
import dev.millrace.standalone.launch.Plan;
import dev.millrace.standalone.launch.Platform;
import dev.millrace.standalone.launch.Server;
import dev.millrace.standalone.launch.Timings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

    @Option(names = "--model", required = true, description = "A model that is there.")
    private String model = "";

    Train(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        List<NamedModel> models = new ModelChoice(session, false).resolve(List.of(model));
        Home own = new Home(session.home().temporary().resolve("train"));
        Plan plan = new Plan(own, freePort(), freePort(), models);
        LogFile.use(own);
        try (Server server = Server.open(plan, new Timings())) {
            server.start();
            Platform.Running running = server.running().orElseThrow();
            chat(plan, running.key(), models.getFirst().name());
            Session there = new Session(own, session.environment(), collector(), session.err());
            Millrace.run(there, "status", "--json");
            Millrace.run(there, "status");
            Millrace.run(there, "keys", "create", "--name", "train", "--print");
            Millrace.run(there, "keys", "list");
            Millrace.run(there, "models", "list");
            Millrace.run(there, "--help");
        }
        return 0;
    }

    private static void chat(Plan plan, String key, String model) throws IOException, Unable {
        ChatClient client = new ChatClient(plan.url(), key);
        ObjectNode body = ChatClient.chat(model, List.of(new ChatClient.Message("user", "What is a millrace?")));
        body.put("max_tokens", ANSWER_TOKENS);
        try (ChatClient.Call call = client.open(body)) {
            client.stream(call, body, _ -> {});
        }
    }

    private static PrintStream collector() {
        return new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
