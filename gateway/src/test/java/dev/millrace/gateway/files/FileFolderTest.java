package dev.millrace.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.gateway.request.RefusedException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFolderTest {
    @TempDir
    Path folder;

    @Test
    void a_disk_without_room_is_told_and_left_as_it_was() throws Exception {
        FileFolder files = new FileFolder(folder, 1 << 30, Long.MAX_VALUE / 2);
        try (Upload upload = files.begin()) {
            assertThatThrownBy(() -> upload.write(ByteBuffer.allocate(10)))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused -> assertThat(refused.refusal().code()).hasValue("storage_full"));
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void a_file_of_the_largest_size_is_taken_and_one_byte_more_is_not() throws Exception {
        FileFolder files = new FileFolder(folder, 100, 0);
        try (Upload upload = files.begin()) {
            upload.write(ByteBuffer.allocate(99));
            upload.write(ByteBuffer.allocate(1));
            assertThatThrownBy(() -> upload.write(ByteBuffer.allocate(1)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("100 bytes at most");
            upload.keep(files.path("file-a"));
        }
        assertThat(folder.resolve("file-a")).hasSize(100);
    }

    @Test
    void what_a_gateway_that_died_left_is_deleted_once_nobody_can_be_sending_it() throws Exception {
        FileFolder files = new FileFolder(folder, 100, 0);
        Instant now = Instant.now();
        try (Upload running = files.begin()) {
            Path dead = Files.createFile(folder.resolve(".partial-dead"));
            Files.setLastModifiedTime(dead, FileTime.from(now.minus(Duration.ofDays(2))));
            Path whole = Files.createFile(folder.resolve("file-old"));
            Files.setLastModifiedTime(whole, FileTime.from(now.minus(Duration.ofDays(2))));
            files.clear(now);
            assertThat(dead).doesNotExist();
            assertThat(whole).exists();
            running.write(ByteBuffer.allocate(1));
            running.keep(files.path("file-b"));
        }
        assertThat(folder.resolve("file-b")).hasSize(1);
    }
}
