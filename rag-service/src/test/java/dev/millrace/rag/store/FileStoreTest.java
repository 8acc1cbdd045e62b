package dev.millrace.rag.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");

    private static Path file(Path path, Instant writtenTo) throws Exception {
        Files.createDirectories(path.getParent());
        return Files.setLastModifiedTime(Files.writeString(path, "a part"), FileTime.from(writtenTo));
    }

    @Test
    void what_came_only_in_part_is_removed_and_what_came_whole_or_may_be_coming_stays(@TempDir Path folder)
            throws Exception {
        FileStore store = new FileStore(folder);
        store.deleteUnfinished(NOW);
        FileStore.Kept kept = store.keep("vs_1", new byte[] {1, 2, 3});
        Files.setLastModifiedTime(store.find("vs_1", kept.hash()).orElseThrow(), FileTime.from(NOW.minusSeconds(9)));
        file(folder.resolve("vs_1/incoming1234.part"), NOW.minusSeconds(1));
        file(folder.resolve("vs_2/incoming5678.part"), NOW.minusSeconds(100));
        Path coming = file(folder.resolve("vs_2/incoming9.part"), NOW);
        store.deleteUnfinished(NOW);
        try (Stream<Path> left = Files.walk(folder).filter(Files::isRegularFile)) {
            assertThat(left.toList())
                    .containsExactlyInAnyOrderElementsOf(
                            List.of(store.find("vs_1", kept.hash()).orElseThrow(), coming));
        }
    }
}
