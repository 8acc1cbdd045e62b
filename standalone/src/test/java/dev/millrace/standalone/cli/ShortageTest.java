package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.millrace.standalone.TestPlatform;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./millrace up} where the machine lacks something: one sentence says what, and nothing is left running. */
class ShortageTest {
    @TempDir
    Path folder;

    private record Outcome(int status, String said) {}

    @Test
    void a_model_larger_than_the_memory_is_refused_with_both_sizes() throws Exception {
        Path model = folder.resolve("ocean.gguf");
        try (RandomAccessFile file = new RandomAccessFile(model.toFile(), "rw")) {
            // sparse: it takes no room on the disk
            file.setLength(4L << 40);
        }
        Outcome outcome = up(command(model), "home");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.said()).matches("There is not enough memory: ocean needs about .* GB, .* GB are free\\.\\R");
    }

    @Test
    void a_full_disk_is_named_as_such_and_leaves_nothing_running() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        assumeThat(canMount()).as("this system lets a test mount a small disk").isTrue();
        Path model = Files.writeString(folder.resolve("mill.gguf"), "never read");
        // enough for the first files, too little for PostgreSQL's programs and data
        Outcome outcome = up(onSmallDisk(small, command(model)), "small");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.said()).matches("The disk .*is full.*\\R");
        assertThat(ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().commandLine().orElse("").contains(small.toString()))
                        .toList())
                .isEmpty();
    }

    private Outcome up(List<String> command, String home) throws Exception {
        Path said = folder.resolve("said.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
        builder.environment().put("MILLRACE_HOME", folder.resolve(home).toString());
        int status = builder.start().waitFor();
        return new Outcome(status, Files.readString(said, StandardCharsets.UTF_8));
    }

    /** Without the vector module, of which Java would warn. */
    private List<String> command(Path model) throws Exception {
        List<String> command = TestPlatform.command(
                        folder,
                        "up",
                        "--port=" + TestPlatform.freePort(),
                        "--grpc-port=" + TestPlatform.freePort(),
                        "--model=" + model)
                .command();
        command.removeIf(option -> option.startsWith("--add-modules"));
        return command;
    }

    /** In a mount namespace of its own, which vanishes with the command; root of the machine isn't needed. */
    private static List<String> onSmallDisk(Path where, List<String> command) {
        List<String> wrapped = new ArrayList<>(List.of(
                "unshare",
                "-Urm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=20m none \"$0\" && exec \"$@\"",
                where.toString()));
        wrapped.addAll(command);
        return wrapped;
    }

    private boolean canMount() throws Exception {
        try {
            return new ProcessBuilder(onSmallDisk(Files.createDirectories(folder.resolve("try")), List.of("true")))
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
