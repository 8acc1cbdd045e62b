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
            "Writes a model and what it was taught as one GGUF file, which any engine loads.",
            "Works on files alone: no platform need run."
        },
        footer = {
            "",
            "Example:",
            "  ./millrace tune merge smollm2-135m:support support.gguf",
            "  ./millrace up --model support.gguf"
        })
final class TuneMerge implements Callable<Integer> {
    private static final String SAME = "same";
    private static final List<String> TYPES = List.of("q8_0", "f16", "bf16", "f32", SAME);

    private final Session session;

    @Parameters(index = "0", paramLabel = "MODEL:NAME", description = "As ./millrace tune said at its end.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
    private Path out = Path.of("");

    @Option(
            names = "--type",
            paramLabel = "q8_0|f16|bf16|f32|same",
            defaultValue = "q8_0",
            description = {
                "How the matrices that change are kept; all others stay as they are. By default ${DEFAULT-VALUE}.",
                "same: as each is in the file, which in four bits may round away what was learnt."
            })
    private String type = "q8_0";

    TuneMerge(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        if (!TYPES.contains(type)) {
            throw new Unable("--type must be one of " + String.join(", ", TYPES) + ", was " + type + ".");
        }
        int colon = name.lastIndexOf(':');
        if (colon < 1) {
            throw new Unable("What is merged is a model and an adapter, named as MODEL:NAME; was " + name + ".");
        }
        Path models = session.home().models();
        Path base = models.resolve(name.substring(0, colon) + ".gguf");
        Path adapter = models.resolve("adapters").resolve(name.substring(colon + 1));
        if (!Files.isRegularFile(base)) {
            throw new Unable("There is no model " + base + ".");
        }
        if (!Files.isDirectory(adapter)) {
            throw new Unable(
                    "There is no adapter " + adapter + ": ./millrace tune list shows those that were trained.");
        }
        if (Files.exists(out)) {
            throw new Unable(out + " is there already.");
        }
        AdapterMerge.Report report = AdapterMerge.merge(base, adapter, chosen(), out.toAbsolutePath());
        session.err()
                .printf(
                        Locale.ROOT,
                        "Merged %d matrices, as %s, into %s (%,d MB).%n",
                        report.matrices(),
                        String.join(
                                " and ",
                                report.types().stream().map(Enum::name).sorted().toList()),
                        out,
                        Files.size(out) / 1_000_000);
        session.err().println("Serve it: ./millrace up --model " + out);
        return 0;
    }

    private Optional<TensorType> chosen() {
        return Arrays.stream(TensorType.values())
                .filter(known -> known.name().equalsIgnoreCase(type))
                .findFirst();
    }
}
