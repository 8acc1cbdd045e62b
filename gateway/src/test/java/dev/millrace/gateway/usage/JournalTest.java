package dev.millrace.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.testing.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final long SEGMENT = 500;

    @TempDir
    Path folder;

    private static byte[] entry(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> readAll(Journal journal) throws IOException {
        List<String> texts = new ArrayList<>();
        long at = journal.released();
        for (List<Journal.Entry> some = journal.read(at, 7); !some.isEmpty(); some = journal.read(at, 7)) {
            some.forEach(entry -> texts.add(new String(entry.bytes(), StandardCharsets.UTF_8)));
            at = some.getLast().next();
        }
        return texts;
    }

    @Test
    void entries_come_back_in_order_over_many_files_and_starts() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        for (int start = 0; start < 20; start++) {
            try (Journal journal = new Journal(folder, SEGMENT)) {
                assertThat(readAll(journal)).isEqualTo(expected);
                for (int count = random.nextInt(30); count > 0; count--) {
                    String text = start + "-" + count + "x".repeat(random.nextInt(60));
                    journal.append(entry(text));
                    expected.add(text);
                }
                int passedOn = random.nextInt(expected.size() + 1);
                long at = journal.released();
                for (int left = passedOn; left > 0; ) {
                    List<Journal.Entry> some = journal.read(at, left);
                    at = some.getLast().next();
                    left -= some.size();
                }
                journal.release(at);
                expected.subList(0, passedOn).clear();
            }
        }
    }

    @Test
    void files_that_have_been_passed_on_go() throws IOException {
        try (Journal journal = new Journal(folder, SEGMENT)) {
            for (int count = 0; count < 100; count++) {
                journal.append(entry("entry " + count));
            }
            long files = journalFiles();
            assertThat(files).isGreaterThan(2);
            long at = 0;
            for (List<Journal.Entry> some = journal.read(at, 9); !some.isEmpty(); some = journal.read(at, 9)) {
                at = some.getLast().next();
            }
            journal.release(at);
            assertThat(journalFiles()).isEqualTo(1);
        }
    }

    private long journalFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".journal")).count();
        }
    }

    @Test
    void what_was_being_written_when_the_process_died_is_cut_off_wherever_it_was() throws IOException {
        Path file = folder.resolve("0000000000000000.journal");
        try (Journal journal = new Journal(folder, 1 << 20)) {
            journal.append(entry("first"));
            journal.append(entry("second"));
        }
        byte[] whole = Files.readAllBytes(file);
        int firstEnds = 8 + "first".length();
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            try (Journal journal = new Journal(folder, 1 << 20)) {
                List<String> left = length < firstEnds ? List.of() : List.of("first");
                assertThat(readAll(journal)).as("%d bytes", length).isEqualTo(left);
                journal.append(entry("after"));
                assertThat(readAll(journal)).endsWith("after").hasSize(left.size() + 1);
            }
        }
    }

    @Test
    void zeros_and_noise_at_the_end_are_cut_off() throws IOException {
        Path file = folder.resolve("0000000000000000.journal");
        try (Journal journal = new Journal(folder, 1 << 20)) {
            journal.append(entry("kept"));
        }
        byte[] noise = new byte[100];
        for (int round = 0; round < 50; round++) {
            if (round > 0) {
                new Random(round).nextBytes(noise);
            }
            Files.write(file, noise, StandardOpenOption.APPEND);
            try (Journal journal = new Journal(folder, 1 << 20)) {
                assertThat(readAll(journal)).containsExactly("kept");
            }
        }
    }

    @Test
    void a_second_owner_is_refused() throws IOException {
        try (Journal journal = new Journal(folder, SEGMENT)) {
            assertThatThrownBy(() -> new Journal(folder, SEGMENT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another gateway uses the journal in " + folder);
            journal.append(entry("goes on"));
            assertThat(readAll(journal)).containsExactly("goes on");
        }
    }

    @Test
    void who_waits_is_woken() throws Exception {
        try (Journal journal = new Journal(folder, SEGMENT)) {
            assertThat(journal.await(0, Duration.ofMillis(1))).isFalse();
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(20);
                    journal.append(entry("there"));
                } catch (IOException | InterruptedException failed) {
                    throw new IllegalStateException(failed);
                }
            });
            assertThat(journal.await(0, Duration.ofSeconds(60))).isTrue();
            writer.join();
        }
    }

    @Test
    void a_thread_that_is_interrupted_still_writes() throws Exception {
        try (Journal journal = new Journal(folder, SEGMENT)) {
            Thread writer = Thread.ofPlatform().start(() -> {
                Thread.currentThread().interrupt();
                try {
                    journal.append(entry("written"));
                } catch (IOException failed) {
                    throw new IllegalStateException(failed);
                }
            });
            writer.join();
            journal.append(entry("and after"));
            assertThat(readAll(journal)).containsExactly("written", "and after");
        }
    }

    @Test
    void what_was_appended_outlives_a_kill() throws Exception {
        Path said = folder.resolve("said");
        Process writer = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(said.toFile())
                .start();
        Eventually.holds("it writes", () -> Files.size(said) > 5_000);
        writer.destroyForcibly();
        assertThat(writer.waitFor(60, TimeUnit.SECONDS)).isTrue();
        long acknowledged;
        try (Stream<String> lines = Files.lines(said)) {
            acknowledged = lines.count();
        }
        assertThat(acknowledged).isGreaterThan(1_000);
        try (Journal journal = new Journal(folder, 1 << 14)) {
            List<String> left = readAll(journal);
            assertThat(left.size()).isGreaterThanOrEqualTo((int) acknowledged - 1);
            for (int count = 0; count < left.size(); count++) {
                assertThat(left.get(count)).isEqualTo("entry " + (count + 1));
            }
        }
    }

    /** Appends until it is killed, and says after each how many there are. */
    static final class Writer {
        public static void main(String[] arguments) throws IOException {
            try (Journal journal = new Journal(Path.of(arguments[0]), 1 << 14)) {
                for (int count = 1; count < 1_000_000; count++) {
                    journal.append(entry("entry " + count));
                    System.out.println(count);
                }
            }
        }
    }
}
