package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.launch.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process that makes Java's cache, where a shell stands for Java: whatever happens, nothing of it stays. */
class TrainingTest {
    @TempDir
    Path folder;

    private Home home = new Home(Path.of(""));

    @BeforeEach
    void layOut() throws Exception {
        home = new Home(folder.resolve("home"));
        home.create();
    }

    @Test
    void one_that_is_given_up_leaves_no_process_and_no_file() throws Exception {
        Training training = Training.begin(home, busy());
        List<ProcessHandle> processes = awaitProcesses();
        training.close();
        assertNothingIsLeft(processes);
    }

    @Test
    void one_that_a_killed_platform_left_is_ended_by_the_next_start() throws Exception {
        Training.begin(home, busy());
        List<ProcessHandle> processes = awaitProcesses();
        Training.endLeftOver(home);
        assertNothingIsLeft(processes);
    }

    @Test
    void a_process_that_has_taken_over_its_number_is_spared() throws Exception {
        Process bystander = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(home.run().resolve("training"), bystander.pid() + " 1970-01-01T00:00:00Z");
            Training.endLeftOver(home);
            assertThat(bystander.isAlive()).isTrue();
        } finally {
            bystander.destroyForcibly();
        }
    }

    @Test
    void one_that_ends_by_itself_gives_its_exit_code() throws Exception {
        try (Training training = Training.begin(home, List.of("sh", "-c", "exit 7"))) {
            assertThat(training.await()).isEqualTo(7);
        }
    }

    /** With a child, a home of its own and an unfinished cache, as Java has them. */
    private List<String> busy() {
        String script = "mkdir -p \"$0\" && echo a > \"$0/file\" && echo b > \"$1/1.aot.part\""
                + " && sleep 600 & echo $! > \"$2\"; wait";
        return List.of(
                "sh",
                "-c",
                script,
                Training.ownHome(home).folder().toString(),
                home.cache().toString(),
                folder.resolve("child").toString());
    }

    private List<ProcessHandle> awaitProcesses() throws Exception {
        Path child = folder.resolve("child");
        while (!Files.exists(child) || Files.readString(child).isBlank()) {
            Thread.sleep(5);
        }
        String training = Files.readString(home.run().resolve("training"));
        return Stream.of(
                        training.substring(0, training.indexOf(' ')),
                        Files.readString(child).strip())
                .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
                .toList();
    }

    private void assertNothingIsLeft(List<ProcessHandle> processes) {
        assertThat(processes).hasSize(2).noneMatch(ProcessHandle::isAlive);
        assertThat(Training.ownHome(home).folder()).doesNotExist();
        assertThat(home.cache()).isEmptyDirectory();
        assertThat(home.run().resolve("training")).doesNotExist();
    }
}
