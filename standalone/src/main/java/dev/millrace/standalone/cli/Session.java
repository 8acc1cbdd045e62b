package dev.millrace.standalone.cli;

import dev.millrace.standalone.catalogue.Catalogue;
import dev.millrace.standalone.catalogue.Pull;
import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.RunFile;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;

/**
 * What every command works with.
 *
 * @param out for results; scripts read it
 * @param err for progress and reasons; people read it
 */
record Session(Home home, Map<String, String> environment, PrintStream out, PrintStream err) {

    Catalogue catalogue() {
        return Catalogue.load(home.catalogue());
    }

    Pull pull() {
        return new Pull(home.models(), home.temporary().resolve("pull"), environment);
    }

    /** The platform that runs in this MILLRACE_HOME. */
    RunFile running() throws Unable {
        return RunFile.ofLiving(home).orElseThrow(() -> new Unable("Millrace doesn't run: ./millrace up starts it."));
    }

    /** The key of the first start. */
    String key() throws IOException, Unable {
        return home.readKey()
                .orElseThrow(() -> new Unable(
                        "There is no key in " + home.key() + ": ./millrace up makes one at its first start."));
    }

    /** Whether a person sits before both input and output. */
    boolean interactive() {
        return console().isPresent();
    }

    /** The terminal, if a person sits before both input and output. */
    Optional<Console> console() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal);
    }
}
