package dev.millrace.standalone.cli;

import dev.millrace.standalone.catalogue.PullException;
import dev.millrace.standalone.launch.Control;
import dev.millrace.standalone.launch.Plan;
import dev.millrace.standalone.launch.RunFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A way to a platform that answers, started if need be.
 *
 * @param models what it serves, at least one
 */
record Connection(ChatClient client, List<Served> models) {
    private static final int HTTP_PORT = 8080;
    private static final int GRPC_PORT = 9090;

    /**
     * @param chats whether the model has a chat template; one without completes text
     */
    record Served(String name, boolean chats) {}

    /** @param model the one to start with where nothing runs yet; empty for the default */
    static Connection open(Session session, Optional<String> model)
            throws IOException, Unable, PullException, InterruptedException {
        if (RunFile.ofLiving(session.home()).isEmpty()) {
            session.err().println("Nothing runs yet: starting in the background (./millrace down stops it).");
            Plan plan = new Plan(
                    session.home(),
                    HTTP_PORT,
                    GRPC_PORT,
                    new ModelChoice(session, false).resolve(model.stream().toList()));
            Session quiet = new Session(session.home(), session.environment(), Silence.stream(), session.err());
            if (!Background.start(quiet, plan)) {
                throw new Unable("It did not start.");
            }
        }
        RunFile running = awaitReady(session);
        JsonNode status =
                Control.ask(running, JsonMapper.shared().createObjectNode().put("command", "status"));
        List<Served> models = new ArrayList<>();
        for (JsonNode served : status.path("models")) {
            models.add(new Served(
                    served.path("name").asString(), served.path("chats").asBoolean()));
        }
        return new Connection(new ChatClient(running.url(), session.key()), models);
    }

    /** The model of that name, or without one the first that chats. */
    Served choose(Optional<String> name) throws Unable {
        if (name.isEmpty()) {
            return models.stream().filter(Served::chats).findFirst().orElse(models.getFirst());
        }
        return models.stream()
                .filter(model -> model.name().equals(name.get()))
                .findFirst()
                .orElseThrow(() -> new Unable("\"" + name.get() + "\" isn't served; served are "
                        + String.join(", ", models.stream().map(Served::name).toList())
                        + ". ./millrace up --model NAME serves another."));
    }

    static RunFile awaitReady(Session session) throws Unable, InterruptedException {
        RunFile running = session.running();
        while (running.state().equals("starting")) {
            TimeUnit.MILLISECONDS.sleep(50);
            running = session.running();
        }
        return running;
    }
}
