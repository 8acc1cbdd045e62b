package dev.millrace.standalone.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Takes files out of a vector store. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description =
                "Takes files out of a vector store, and deletes the server's copy: nothing of them is found any more.",
        footer = {"", "Example: ./millrace docs remove handbook.pdf"})
final class DocsRemove implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Docs.Store store = new Docs.Store();

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    private static final class What {
        @Parameters(
                paramLabel = "FILE",
                arity = "1..*",
                description = "A file's name, its path or a folder's, or its id, as ./millrace docs list shows them.")
        private List<String> files = List.of();

        @Option(names = "--all", description = "The whole store.")
        private boolean all;
    }

    DocsRemove(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, Unable, InterruptedException {
        DocsClient client = DocsClient.of(session);
        String id = client.requiredStore(store.name);
        List<JsonNode> there = client.all("/v1/vector_stores/" + id + "/files");
        int removed = 0;
        for (JsonNode file : there) {
            if (what.all || what.files.stream().anyMatch(name -> isNamed(file, name))) {
                remove(client, id, file.path("id").asString());
                session.out().println("removed    " + DocsList.name(file));
                removed++;
            }
        }
        if (what.all) {
            JsonNode _ = client.delete("/v1/vector_stores/" + id);
            session.out().println("removed    the store \"" + store.name + "\"");
            return 0;
        }
        if (removed == 0) {
            throw new Unable("The store \"" + store.name + "\" has no " + String.join(", ", what.files)
                    + "; ./millrace docs list shows what it has.");
        }
        return 0;
    }

    private static boolean isNamed(JsonNode file, String name) {
        Path path = Path.of(file.path("attributes").path("path").asString(""));
        Path named = Path.of(name).toAbsolutePath().normalize();
        return file.path("id").asString("").equals(name) || path.endsWith(Path.of(name)) || path.startsWith(named);
    }

    /** Out of the store, and then out of the files. */
    static void remove(DocsClient client, String store, String file) throws IOException, Unable, InterruptedException {
        JsonNode _ = client.delete("/v1/vector_stores/" + store + "/files/" + file);
        try {
            JsonNode _ = client.delete("/v1/files/" + file);
        } catch (Unable gone) {
            // the store had a copy of its own; the file may have been deleted long ago
            return;
        }
    }
}
