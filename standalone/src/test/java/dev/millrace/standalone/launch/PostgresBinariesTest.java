package dev.millrace.standalone.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PostgresBinariesTest {
    /** As a process that was just started may, for a moment, while the programs are unpacked. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void a_server_that_somebody_has_open_for_writing_is_waited_for(@TempDir Path folder) throws Exception {
        PostgresBinaries binaries =
                PostgresBinaries.unpacked(folder, Build.current().postgres());
        FileChannel writer = FileChannel.open(Path.of(binaries.program("postgres")), StandardOpenOption.WRITE);
        assertThatThrownBy(() -> new ProcessBuilder(binaries.program("postgres"), "--version").start())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Text file busy");
        CompletableFuture<Void> closed = CompletableFuture.runAsync(
                () -> close(writer), CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS));

        binaries.awaitRunnable();

        assertThat(writer.isOpen()).isFalse();
        closed.join();
    }

    private static void close(FileChannel writer) {
        try {
            writer.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
