package dev.millrace.standalone.cli;

import dev.millrace.standalone.TestPlatform;
import dev.millrace.standalone.launch.Home;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** What came of a command of ./millrace, which ran in the test's own process. */
record Outcome(int status, String out, String err) {
    /** @param platform in whose MILLRACE_HOME it runs */
    static Outcome of(TestPlatform platform, String... arguments) {
        return of(platform.home().folder(), arguments);
    }

    static Outcome of(Path home, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Session session = new Session(
                new Home(home),
                Map.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        int status = Millrace.run(session, arguments);
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
