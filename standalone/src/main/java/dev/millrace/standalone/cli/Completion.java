package dev.millrace.standalone.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** Writes a script that completes commands and options in bash and zsh. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Writes a script that completes commands and options in bash and zsh.",
        footer = {"", "Example: source <(./millrace completion)"})
final class Completion implements Callable<Integer> {
    private final Session session;

    Completion(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        session.out().println(AutoComplete.bash("millrace", Millrace.commandLine(session)));
        return 0;
    }
}
