package dev.millrace.standalone.cli;

import dev.millrace.kernels.weights.TensorType;
import dev.millrace.training.adapter.AdapterMerge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one file of a model and what it was taught. */
@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a model and what it was taught as one model, which any engine loads: a GGUF file where the model is",
            "one, and a folder with model.safetensors, configuration and tokenizer where it is a Hugging Face folder.",
            "Works on files alone: no platform need run."
        },
        footer = {
            "",
            "Example:",
            "  ./millrace tune merge smollm2-135m:support support.gguf",
            "  ./millrace up --model support.gguf"
        })
final class TuneMerge implements Callable<Integer> {
    private static final String GGUF = ".gguf";
    private static final String SAME = "same";
    private static final List<String> TYPES = List.of("q8_0", "f16", "bf16", "f32", SAME);

    private final Session session;

    @Parameters(index = "0", paramLabel = "MODEL:NAME", description = "As ./millrace tune said at its end.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "The file or folder to write.")
    private Path out = Path.of("");

    @Option(
            names = "--type",
            paramLabel = "q8_0|f16|bf16|f32|same",
            description = {
                "How the matrices that change are kept; all others stay as they are (default: q8_0, in a folder same).",
                "same: as each is in the file, which in four bits may round away what was learnt."
            })
    private Optional<String> type = Optional.empty();

    TuneMerge(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        if (type.isPresent() && !TYPES.contains(type.get())) {
            throw new Unable("--type must be one of " + String.join(", ", TYPES) + ", was " + type.get() + ".");
        }
        int colon = name.lastIndexOf(':');
        if (colon < 1) {
            throw new Unable("What is merged is a model and an adapter, named as MODEL:NAME; was " + name + ".");
        }
        Path models = session.home().models();
        Path base = base(models, name.substring(0, colon));
        boolean folder = Files.isDirectory(base);
        Path adapter = models.resolve("adapters").resolve(name.substring(colon + 1));
        if (!Files.isDirectory(adapter)) {
            throw new Unable(
                    "There is no adapter " + adapter + ": ./millrace tune list shows those that were trained.");
        }
        if (Files.exists(out)) {
            throw new Unable(out + " is there already.");
        }
        requireForm(base, folder);
        AdapterMerge.Report report =
                AdapterMerge.merge(base, adapter, chosen(folder ? SAME : "q8_0"), out.toAbsolutePath());
        session.err()
                .printf(
                        Locale.ROOT,
                        "Merged %d matrices, as %s, into %s (%,d MB).%n",
                        report.matrices(),
                        String.join(
                                " and ",
                                report.types().stream().map(Enum::name).sorted().toList()),
                        out,
                        Files.size(folder ? out.resolve("model.safetensors") : out) / 1_000_000);
        session.err().println("Serve it: ./millrace up --model " + out);
        return 0;
    }

    private static Path base(Path models, String name) throws Unable {
        Path file = models.resolve(name + GGUF);
        Path folder = models.resolve(name);
        if (Files.isRegularFile(file)) {
            return file;
        }
        if (Files.exists(folder.resolve("config.json"))) {
            return folder;
        }
        throw new Unable("There is no model \"" + name + "\": there is neither " + file + " nor a folder " + folder
                + " with config.json.");
    }

    /** What is written has the form of what it is made of. */
    private void requireForm(Path base, boolean folder) throws Unable {
        String file = String.valueOf(out.getFileName());
        if (folder && (file.endsWith(GGUF) || file.endsWith(".safetensors"))) {
            throw new Unable(
                    base + " is a folder, and so is what is made of it: OUT must be a folder's name, was " + out + ".");
        }
        if (folder && type.filter("q8_0"::equals).isPresent()) {
            throw new Unable("--type q8_0 is for GGUF files: " + base + " is a folder, whose matrices may be f16, bf16,"
                    + " f32 or same.");
        }
        if (!folder && file.endsWith(".safetensors")) {
            throw new Unable(
                    base + " is a GGUF file, and so is what is made of it: OUT must end in .gguf, was " + out + ".");
        }
    }

    private Optional<TensorType> chosen(String usual) {
        return Arrays.stream(TensorType.values())
                .filter(known -> known.name().equalsIgnoreCase(type.orElse(usual)))
                .findFirst();
    }
}
