package dev.millrace.standalone.cli;

import dev.millrace.gateway.keys.Secret;
import dev.millrace.standalone.launch.Control;
import dev.millrace.standalone.launch.Home;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Makes, lists and takes back keys. */
@Command(
        name = "keys",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Makes, lists and takes back keys. Only a key's hash is kept.",
        footer = {
            "",
            "Examples:",
            "  KEY=$(./millrace keys create --name ci --print)",
            "  ./millrace keys create --name ops --scope admin",
            "  ./millrace keys list",
            "  ./millrace keys revoke key_4f..."
        })
final class Keys implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static ObjectNode request(String command) {
        return JsonMapper.shared().createObjectNode().put("command", command);
    }

    /** Makes a key and shows it, for the only time. */
    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Makes a key and shows it, for the only time.")
    static final class Create implements Callable<Integer> {
        private final Session session;

        @Option(names = "--name", required = true, paramLabel = "X", description = "What you call it.")
        private String name = "";

        @Option(
                names = "--scope",
                split = ",",
                paramLabel = "SCOPE",
                defaultValue = "inference",
                description = "What it is for: inference, admin (keys and usage, below /admin), or both. By default"
                        + " ${DEFAULT-VALUE}.")
        private java.util.List<String> scopes = java.util.List.of();

        @Option(names = "--print", description = "Write the key alone to standard output.")
        private boolean print;

        Create(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException, Unable {
            ObjectNode request = request("keys-create").put("name", name);
            scopes.forEach(request.putArray("scopes")::add);
            JsonNode answer = Control.ask(session.running(), request);
            String key = answer.path("key").asString();
            if (print) {
                session.out().println(key);
            } else {
                session.out().println("The key \"" + name + "\", which is shown this once:");
                session.out().println(key);
            }
            return 0;
        }
    }

    /** Draws a secret that is no key yet. */
    @Command(
            name = "draw",
            mixinStandardHelpOptions = true,
            description =
                    "Draws a secret for MILLRACE_ADMIN_KEY of a gateway that runs by itself. Needs nothing running.")
    static final class Draw implements Callable<Integer> {
        private final Session session;

        Draw(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            session.out().println(Secret.draw(new SecureRandom()).reveal());
            return 0;
        }
    }

    /** Lists the keys. */
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the keys: of each its first characters, never the whole.")
    static final class List implements Callable<Integer> {
        private final Session session;

        @Option(names = "--json", description = "As JSON.")
        private boolean json;

        List(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException, Unable {
            JsonNode keys = Control.ask(session.running(), request("keys-list")).path("keys");
            if (json) {
                session.out().println(keys.toPrettyString());
                return 0;
            }
            session.out().printf("%-26s %-12s %-24s %-12s %s%n", "ID", "KEY", "NAME", "MADE", "STATE");
            for (JsonNode key : keys) {
                session.out()
                        .printf(
                                "%-26s %-12s %-24s %-12s %s%n",
                                key.path("id").asString(),
                                key.path("shown").asString() + "...",
                                key.path("name").asString(),
                                key.path("created_at").asString().substring(0, 10),
                                state(key));
            }
            return 0;
        }

        private static String state(JsonNode key) {
            if (key.has("revoked_at")) {
                return "revoked " + key.path("revoked_at").asString();
            }
            return key.has("expires_at") ? "until " + key.path("expires_at").asString() : "valid";
        }
    }

    /** Gives a key another secret. */
    @Command(
            name = "rotate",
            mixinStandardHelpOptions = true,
            description =
                    "Gives a key another secret; its files, jobs, stores and usage stay its own. The old one ends at once.")
    static final class Rotate implements Callable<Integer> {
        private final Session session;

        @Parameters(paramLabel = "ID", description = "As ./millrace keys list shows it.")
        private String id = "";

        Rotate(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException, Unable {
            JsonNode keys = Control.ask(session.running(), request("keys-list")).path("keys");
            String secret = Control.ask(
                            session.running(), request("keys-rotate").put("id", id))
                    .path("key")
                    .asString();
            if (isOurs(keys)) {
                Home.writeSecret(session.home().key(), secret + "\n");
            }
            session.out().println("The new secret of " + id + ", which is shown this once:");
            session.out().println(secret);
            return 0;
        }

        /** Whether it is the key that the commands of this machine use. */
        private boolean isOurs(JsonNode keys) throws IOException {
            Optional<String> ours = session.home().readKey();
            return ours.isPresent()
                    && keys.valueStream()
                            .filter(key -> key.path("id").asString().equals(id))
                            .anyMatch(key ->
                                    ours.get().startsWith(key.path("shown").asString()));
        }
    }

    /** Takes a key back. */
    @Command(name = "revoke", mixinStandardHelpOptions = true, description = "Takes a key back, at once and for good.")
    static final class Revoke implements Callable<Integer> {
        private final Session session;

        @Parameters(paramLabel = "ID", description = "As ./millrace keys list shows it.")
        private String id = "";

        Revoke(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException, Unable {
            JsonNode key = Control.ask(session.running(), request("keys-revoke").put("id", id));
            session.out().println("Revoked " + id + " (\"" + key.path("name").asString() + "\").");
            return 0;
        }
    }
}
