package dev.millrace.standalone.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Takes files into a vector store. */
@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        description = {
            "Takes files, and all files of folders, into a vector store; makes the store where there is none.",
            "A file that has not changed since is left as it is, one that has takes the place of what it was."
        },
        footer = {
            "",
            "Exit code: 0 if all are there, 1 if one or more could not be taken in.",
            "",
            "Examples:",
            "  ./millrace docs add handbook.pdf notes/ --store work",
            "  ./millrace docs add 手册.pdf --store 手册 --embedding-model bge-small-zh-v1.5"
        })
final class DocsAdd implements Callable<Integer> {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Session session;

    @Mixin
    private Docs.Store store = new Docs.Store();

    @Option(
            names = "--embedding-model",
            paramLabel = "NAME",
            description = "By which a new store finds its files: bge-small-en-v1.5 (default), all-minilm-l6-v2, or"
                    + " bge-small-zh-v1.5 for Chinese ones.")
    private Optional<String> embeddingModel = Optional.empty();

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "A file, or a folder with those in it.")
    private List<Path> paths = List.of();

    DocsAdd(Session session) {
        this.session = session;
    }

    /** A file on this machine, by its whole path. */
    private record Local(Path path, String hash) {
        String name() {
            return path.toString();
        }
    }

    /** A file that is on its way into the store. */
    private record Sent(Local local, String id, Optional<String> earlier) {}

    @Override
    public Integer call() throws Exception {
        List<Path> files = files(paths);
        DocsClient client = DocsClient.of(session);
        String id = storeId(client);
        Map<String, JsonNode> there = there(client, id);
        List<Sent> sent = new ArrayList<>();
        int unchanged = 0;
        int failed = 0;
        for (Path file : files) {
            try {
                Local local = new Local(file, hash(file));
                Optional<JsonNode> before = Optional.ofNullable(there.get(local.name()));
                if (before.filter(one -> same(one, local)).isPresent()) {
                    unchanged++;
                    say("unchanged", file, "");
                } else {
                    sent.add(send(client, id, local, before));
                }
            } catch (IOException | Unable e) {
                failed++;
                say("failed", file, String.valueOf(e.getMessage()));
            }
        }
        for (Sent one : sent) {
            failed += ended(client, id, one) ? 0 : 1;
        }
        session.out()
                .printf(
                        "%d added, %d unchanged, %d failed; the store \"%s\" is %s%n",
                        files.size() - unchanged - failed, unchanged, failed, store.name, id);
        return failed == 0 ? 0 : 1;
    }

    private String storeId(DocsClient client) throws IOException, Unable, InterruptedException {
        Optional<JsonNode> there = client.found(store.name);
        if (there.isPresent()) {
            return checked(there.get());
        }
        ObjectNode body = JsonMapper.shared().createObjectNode().put("name", store.name);
        embeddingModel.ifPresent(model -> body.put("embedding_model", model));
        return client.post("/v1/vector_stores", body).path("id").asString();
    }

    /** The id of a store that has the model that was asked for, if one was. */
    private String checked(JsonNode there) throws Unable {
        String id = there.path("id").asString();
        String model = there.path("embedding_model").asString();
        if (embeddingModel.filter(asked -> !asked.equals(model)).isPresent()) {
            throw new Unable("The store \"" + store.name + "\" has the embedding model " + model + ", not "
                    + embeddingModel.get()
                    + ": leave --embedding-model out, name another --store, or change its model with"
                    + " POST /v1/vector_stores/" + id + " {\"embedding_model\": \"" + embeddingModel.get() + "\"}.");
        }
        return id;
    }

    /** What the store has, by the path that it came from. */
    private static Map<String, JsonNode> there(DocsClient client, String store)
            throws IOException, Unable, InterruptedException {
        Map<String, JsonNode> there = new LinkedHashMap<>();
        for (JsonNode file : client.all("/v1/vector_stores/" + store + "/files")) {
            // the newest comes first
            there.putIfAbsent(file.path("attributes").path("path").asString(""), file);
        }
        return there;
    }

    private static boolean same(JsonNode there, Local local) {
        return there.path("attributes").path("sha256").asString("").equals(local.hash())
                && !List.of("failed", "cancelled").contains(there.path("status").asString(""));
    }

    private Sent send(DocsClient client, String store, Local local, Optional<JsonNode> before)
            throws IOException, Unable, InterruptedException {
        String file = client.upload(local.path(), local.path().getFileName().toString())
                .path("id")
                .asString();
        ObjectNode body = JsonMapper.shared().createObjectNode().put("file_id", file);
        body.putObject("attributes").put("path", local.name()).put("sha256", local.hash());
        JsonNode _ = client.post("/v1/vector_stores/" + store + "/files", body);
        return new Sent(local, file, before.map(one -> one.path("id").asString()));
    }

    /** Whether it was taken in. */
    private boolean ended(DocsClient client, String store, Sent sent) throws IOException, InterruptedException {
        String path = "/v1/vector_stores/" + store + "/files/";
        try {
            JsonNode file = client.get(path + sent.id());
            while (file.path("status").asString("").equals("in_progress")) {
                Thread.sleep(PAUSE);
                file = client.get(path + sent.id());
            }
            if (!file.path("status").asString("").equals("completed")) {
                say(
                        "failed",
                        sent.local().path(),
                        file.path("last_error").path("message").asString("it was cancelled"));
                return false;
            }
            if (sent.earlier().isPresent()) {
                DocsRemove.remove(client, store, sent.earlier().get());
            }
            say(sent.earlier().isPresent() ? "replaced" : "added", sent.local().path(), "");
            return true;
        } catch (Unable e) {
            say("failed", sent.local().path(), String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void say(String what, Path file, String why) {
        session.out().printf("%-10s %s%s%n", what, file, why.isEmpty() ? "" : ": " + why);
        session.out().flush();
    }

    /** The files that are named, and those in the folders that are, but for hidden ones. */
    static List<Path> files(List<Path> paths) throws IOException, Unable {
        List<Path> files = new ArrayList<>();
        for (Path path : paths) {
            Path whole = path.toAbsolutePath().normalize();
            if (Files.isDirectory(whole)) {
                try (Stream<Path> walk = Files.walk(whole)) {
                    walk.filter(file -> Files.isRegularFile(file) && !hidden(whole.relativize(file)))
                            .sorted()
                            .forEach(files::add);
                }
            } else if (Files.isRegularFile(whole)) {
                files.add(whole);
            } else {
                throw new Unable("There is no file or folder " + path + ".");
            }
        }
        if (files.isEmpty()) {
            throw new Unable("There is no file in "
                    + String.join(", ", paths.stream().map(Path::toString).toList()) + ".");
        }
        return files.stream().distinct().toList();
    }

    private static boolean hidden(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static String hash(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
