package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestPlatform;
import dev.millrace.standalone.bench.FakeServer;
import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.RunFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The benchmark as users run it: a process that starts a platform for a tiny model, measures it, and stops it. */
class BenchProcessTest {
    private static final Path TINY = Path.of("../inference-service/src/test/resources/tiny/qwen3")
            .toAbsolutePath()
            .normalize();
    /** What fits into the 256 tokens that the tiny model takes; a letter is a token of it. */
    private static final String[] SMALL = {
        "--quick", "--prefill=64", "--prefix=96", "--prompt=24", "--decode=12", "--users=1,3"
    };

    @TempDir
    private Path folder;

    private record Outcome(int status, String out, String err) {}

    @Test
    void a_quick_run_measures_everything_compares_and_stops_what_it_started() throws Exception {
        Path json = folder.resolve("bench.json");
        Path html = folder.resolve("bench.html");
        try (FakeServer other = new FakeServer(FakeServer.Manner.LIKE_OURS)) {
            Outcome outcome = bench("--model=" + TINY, "--json=" + json, "--html=" + html, "--compare=" + other.url());
            assertThat(outcome.status).as(outcome.err).isZero();
            assertThat(outcome.out).contains("int8 multiply-adds", "prefill of 64", "ratio", "decode, 3 users");
            assertThat(outcome.out.lines()).allMatch(line -> line.length() <= 80);
        }
        JsonNode model = JsonMapper.shared()
                .readTree(Files.readString(json))
                .path("models")
                .path(0);
        assertThat(model.path("model").asString()).isEqualTo("qwen3");
        assertThat(model.path("load").path("first_ms").asDouble()).isPositive();
        assertThat(model.path("products").size()).isPositive();
        JsonNode own = model.path("servers").path(0);
        assertThat(own.path("notes").size()).as(own.path("notes").toString()).isZero();
        assertThat(own.path("prefill").path("prompt_tokens").asInt()).isBetween(56, 64);
        assertThat(own.path("users").size()).isEqualTo(2);
        assertThat(own.path("users").path(1).path("answer_tokens").asDouble()).isEqualTo(12);
        // a model this small may have answered the others before the newcomer is heard
        assertThat(own.path("newcomer")
                        .path("others_gaps_ms_meanwhile")
                        .path("count")
                        .isNumber())
                .isTrue();
        assertThat(own.path("shared_prefix").path("cached_tokens").asInt()).isPositive();
        assertThat(model.path("servers").path(1).path("model").asString()).isEqualTo("fake");
        assertThat(Files.readString(html)).startsWith("<!doctype html>").contains("qwen3");
        assertThat(RunFile.ofLiving(new Home(home()))).isEmpty();
    }

    @Test
    void an_interrupt_ends_it_early_with_what_it_has_and_leaves_nothing_running() throws Exception {
        Process process = start("--model=" + TINY);
        awaitSaid("Starting a platform");
        List<ProcessHandle> started = awaitChildren(process);
        // as Ctrl-C does, but for the number: a process that a script starts in the background has INT ignored
        new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        for (ProcessHandle child : started) {
            child.onExit().get(60, TimeUnit.SECONDS);
        }
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(Files.readString(folder.resolve("err"))).contains("Stopped early");
        assertThat(Files.readString(folder.resolve("out"))).contains("int8 multiply-adds");
        assertThat(RunFile.ofLiving(new Home(home()))).isEmpty();
    }

    @Test
    void what_cannot_be_measured_is_said_in_a_sentence() throws Exception {
        assertThat(bench("--model=nowhere").err).contains("There is no model \"nowhere\"");
        Outcome unwritable = bench("--model=" + TINY, "--html=" + folder.resolve("no/such/folder.html"));
        assertThat(unwritable.status).isEqualTo(1);
        assertThat(unwritable.err).contains("can't be written").doesNotContain("Exception");
        assertThat(bench("--model=" + TINY, "--users=0").err).contains("--users must be 1 or more, was 0");
    }

    private Path home() {
        return folder.resolve("home");
    }

    private Process start(String... arguments) throws IOException {
        String[] all = new String[1 + SMALL.length + arguments.length];
        all[0] = "bench";
        System.arraycopy(SMALL, 0, all, 1, SMALL.length);
        System.arraycopy(arguments, 0, all, 1 + SMALL.length, arguments.length);
        return TestPlatform.command(home(), all)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
    }

    private Outcome bench(String... arguments) throws Exception {
        int status = start(arguments).waitFor();
        return new Outcome(status, Files.readString(folder.resolve("out")), Files.readString(folder.resolve("err")));
    }

    private static List<ProcessHandle> awaitChildren(Process process) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (process.children().findAny().isEmpty()) {
            assertThat(System.nanoTime()).as("starts a process in time").isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(5);
        }
        return process.children().toList();
    }

    private void awaitSaid(String text) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!Files.readString(folder.resolve("err")).contains(text)) {
            assertThat(System.nanoTime()).as("says \"%s\" in time", text).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
