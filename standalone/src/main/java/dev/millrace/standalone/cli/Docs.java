package dev.millrace.standalone.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Takes documents in, and answers from them. */
@Command(
        name = "docs",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Takes documents in, finds what they say, and answers from them with sources that are checked.",
        footer = {
            "",
            "Examples:",
            "  ./millrace docs add handbook.pdf notes/",
            "  ./millrace docs ask \"How much oil does the wheel need?\"",
            "  ./millrace docs search \"oil\" --results 3",
            "  ./millrace docs list",
            "  ./millrace docs remove handbook.pdf"
        })
final class Docs implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** Which store a command is about. */
    static final class Store {
        @Option(
                names = "--store",
                paramLabel = "NAME",
                defaultValue = "default",
                description = "The vector store, by its name (default: ${DEFAULT-VALUE}).")
        String name = "default";
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
