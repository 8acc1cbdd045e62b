package dev.millrace.standalone.cli;

import dev.millrace.standalone.bench.OtherServer;
import dev.millrace.standalone.bench.Server;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that name another server to compare with. */
final class BenchCompare {
    @Option(
            names = "--compare",
            paramLabel = "URL",
            description = "The same load on another OpenAI-compatible server too (llama-server, vLLM, OpenVINO model"
                    + " server, ...), in turn; both are shown with the ratio.")
    private Optional<String> url = Optional.empty();

    @Option(
            names = "--compare-model",
            paramLabel = "NAME",
            description = "What that server calls the model (default: the only one it lists, or the same name).")
    private Optional<String> model = Optional.empty();

    @Option(names = "--compare-key", paramLabel = "KEY", description = "Its key, if it wants one.")
    private Optional<String> key = Optional.empty();

    /** The server, asked which model it has where that wasn't said; empty if there is none to compare with. */
    Optional<Server> find(String ownModel) throws IOException {
        return url.isEmpty() ? Optional.empty() : Optional.of(OtherServer.find(url.get(), key, model, ownModel));
    }
}
