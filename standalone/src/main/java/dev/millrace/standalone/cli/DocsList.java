package dev.millrace.standalone.cli;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Lists what a vector store has. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the files of a vector store; those that failed with the reason.")
final class DocsList implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Docs.Store store = new Docs.Store();

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    DocsList(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, Unable, InterruptedException {
        DocsClient client = DocsClient.of(session);
        List<JsonNode> files = client.all("/v1/vector_stores/" + client.requiredStore(store.name) + "/files");
        if (json) {
            session.out().println(JsonMapper.shared().valueToTree(files).toPrettyString());
            return 0;
        }
        session.out().printf("%-12s %-10s %10s  %s%n", "STATE", "ADDED", "BYTES", "FILE");
        for (JsonNode file : files) {
            session.out()
                    .printf(
                            "%-12s %-10s %10d  %s%n",
                            file.path("status").asString(),
                            Instant.ofEpochSecond(file.path("created_at").asLong())
                                    .toString()
                                    .substring(0, 10),
                            file.path("usage_bytes").asLong(),
                            name(file) + reason(file));
        }
        return 0;
    }

    /** Its path where the command line sent it, else its id. */
    static String name(JsonNode file) {
        return file.path("attributes").path("path").asString(file.path("id").asString());
    }

    private static String reason(JsonNode file) {
        JsonNode error = file.path("last_error");
        return error.isObject() ? ": " + error.path("message").asString() : "";
    }
}
