package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Build;
import dev.millrace.standalone.launch.Control;
import dev.millrace.standalone.launch.RunFile;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Says whether the platform runs, where, and what it serves. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Says whether the platform runs, where, and which models it serves.",
        footer = {
            "",
            "Exit code: 0 if requests are answered, 1 if not.",
            "",
            "Example: ./millrace status --json | jq .url"
        })
final class Status implements Callable<Integer> {
    private final Session session;

    @Option(names = "--json", description = "As JSON: state, pid, url, grpc, models, start.")
    private boolean json;

    Status(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Optional<RunFile> running = RunFile.ofLiving(session.home());
        ObjectNode status = JsonMapper.shared().createObjectNode();
        status.put("state", running.map(RunFile::state).orElse("stopped"));
        status.put("version", Build.current().version());
        status.put("home", session.home().folder().toString());
        if (running.isPresent()) {
            status.put("pid", running.get().pid());
            status.put("url", running.get().url());
            status.put("grpc", running.get().grpc());
            JsonNode answer = Control.ask(
                    running.get(), JsonMapper.shared().createObjectNode().put("command", "status"));
            answer.properties().forEach(field -> status.set(field.getKey(), field.getValue()));
        }
        session.out().print(json ? status.toPrettyString() + "\n" : text(status));
        session.out().flush();
        return status.path("state").asString().equals("ready") ? 0 : 1;
    }

    private static String text(ObjectNode status) {
        if (!status.has("pid")) {
            return "Millrace doesn't run: ./millrace up starts it.\n";
        }
        StringBuilder text = new StringBuilder();
        line(
                text,
                "State",
                status.path("state").asString() + " (pid " + status.path("pid").asLong() + ")");
        line(text, "OpenAI API", status.path("url").asString() + "/v1");
        line(text, "gRPC", status.path("grpc").asString());
        if (status.has("kernels")) {
            line(text, "Kernels", status.path("kernels").asString());
        }
        for (JsonNode model : status.path("models")) {
            line(
                    text,
                    "Model",
                    model.path("name").asString() + ": " + model.path("state").asString()
                            + (model.has("reason") ? ", " + model.path("reason").asString() : "") + ", "
                            + model.path("architecture").asString() + " "
                            + model.path("quantization").asString() + ", context of "
                            + model.path("context_tokens").asInt() + " tokens");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append(" ".repeat(12 - name.length())).append(value).append('\n');
    }
}
