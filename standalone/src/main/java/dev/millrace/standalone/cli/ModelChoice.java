package dev.millrace.standalone.cli;

import dev.millrace.standalone.catalogue.Catalogue;
import dev.millrace.standalone.catalogue.ModelEntry;
import dev.millrace.standalone.catalogue.PullException;
import dev.millrace.standalone.launch.NamedModel;
import java.io.Console;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * From what the user typed to a model's file, fetched if need be.
 *
 * @param acceptLicence the user has agreed to the licences of what is fetched
 */
record ModelChoice(Session session, boolean acceptLicence) {
    /** For scripts: agrees to licences that would be asked for. */
    static final String ACCEPT_VARIABLE = "MILLRACE_ACCEPT_LICENCE";

    private static final String GGUF = ".gguf";

    /**
     * @param texts names from the catalogue, names of files in the models folder, or paths; the default model if empty
     */
    List<NamedModel> resolve(List<String> texts) throws Unable, PullException, InterruptedException {
        Catalogue catalogue = session.catalogue();
        List<NamedModel> models = new ArrayList<>();
        for (String text : texts.isEmpty() ? List.of(catalogue.defaultModel()) : texts) {
            models.add(resolve(catalogue, text));
        }
        return models;
    }

    /** Fetches a model of the catalogue unless it is there. */
    Path fetch(ModelEntry entry) throws Unable, PullException, InterruptedException {
        Path file = session.pull().file(entry);
        if (Files.exists(file)) {
            return file;
        }
        agree(entry);
        Progress progress = new Progress(session.err(), session.interactive());
        try {
            return session.pull().pull(entry, progress);
        } finally {
            progress.finish();
        }
    }

    private NamedModel resolve(Catalogue catalogue, String text) throws Unable, PullException, InterruptedException {
        Optional<ModelEntry> entry = catalogue.find(text);
        if (entry.isPresent()) {
            return new NamedModel(text, fetch(entry.get()), entry.get().sampling());
        }
        Path ours = session.home().models().resolve(text + GGUF);
        if (ModelEntry.isName(text) && Files.exists(ours)) {
            return new NamedModel(text, ours);
        }
        Path folder = session.home().models().resolve(text);
        if (ModelEntry.isName(text) && Files.exists(folder.resolve("config.json"))) {
            return new NamedModel(text, folder);
        }
        Path path = Path.of(text).toAbsolutePath().normalize();
        if (Files.exists(path)) {
            return new NamedModel(nameOf(path), requireModel(path));
        }
        throw new Unable("There is no model \"" + text + "\": it is neither a file nor one of "
                + catalogue.entries().stream().map(ModelEntry::name).collect(Collectors.joining(", ")) + ".");
    }

    private static Path requireModel(Path path) throws Unable {
        boolean folder = Files.isDirectory(path) && Files.exists(path.resolve("config.json"));
        boolean gguf = Files.isRegularFile(path) && path.toString().endsWith(GGUF);
        if (!folder && !gguf) {
            throw new Unable(
                    path + " is no model: it must be a .gguf file, or a folder with config.json and *.safetensors.");
        }
        return path;
    }

    private static String nameOf(Path path) {
        String name = String.valueOf(path.getFileName());
        return name.endsWith(GGUF) ? name.substring(0, name.length() - GGUF.length()) : name;
    }

    private void agree(ModelEntry entry) throws Unable {
        if (entry.terms().isEmpty()) {
            return;
        }
        session.err()
                .println(entry.name() + " is under the licence \"" + entry.licence()
                        + "\", which isn't an open-source one: "
                        + entry.terms().get());
        if (acceptLicence || session.environment().containsKey(ACCEPT_VARIABLE)) {
            return;
        }
        Console console = session.console()
                .orElseThrow(() ->
                        new Unable("Agree to it with --accept-licence, or by setting " + ACCEPT_VARIABLE + "=1."));
        String answer = console.readLine("Do you agree to its terms? [y/N] ");
        if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).startsWith("y")) {
            throw new Unable(entry.name() + " was not fetched.");
        }
    }
}
