package dev.millrace.gateway.files;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes files in, finds them for their tenants, and deletes them. */
public final class FileStore implements AutoCloseable {
    private static final Duration SWEEP = Duration.ofMinutes(1);
    private static final Logger log = LoggerFactory.getLogger(FileStore.class);

    private final FileFolder folder;
    private final FileTable table;
    private final InstantSource clock;
    private final Thread sweeper;

    public FileStore(FileFolder folder, FileTable table, InstantSource clock) {
        this.folder = folder;
        this.table = table;
        this.clock = clock;
        this.sweeper = Thread.ofVirtual().name("files-sweeper").unstarted(this::sweep);
    }

    /**
     * What is said of a file that is sent.
     *
     * @param lifetime empty for a file that stays until it is deleted
     */
    public record Description(String tenant, String filename, String purpose, Optional<Duration> lifetime) {}

    /** Begins to delete, now and then, what has expired. */
    public void start() {
        sweeper.start();
    }

    public long mostBytes() {
        return folder.mostBytes();
    }

    /** Begins a file; it must be closed, and leaves nothing behind unless it was {@linkplain #keep kept}. */
    public Upload begin() throws IOException {
        return folder.begin();
    }

    /** Makes a file of what was sent. */
    public StoredFile keep(Upload upload, Description description) throws IOException, SQLException {
        // the database knows microseconds
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        StoredFile file = new StoredFile(
                "file-" + UUID.randomUUID().toString().replace("-", ""),
                description.tenant(),
                description.filename(),
                description.purpose(),
                upload.bytes(),
                now,
                description.lifetime().map(now::plus));
        upload.keep(folder.path(file.id()));
        try {
            table.insert(file);
        } catch (SQLException failure) {
            folder.delete(file.id());
            throw failure;
        }
        return file;
    }

    /** A tenant's file; empty where there is none, or it is another's. */
    public Optional<StoredFile> find(String tenant, String id) throws SQLException {
        return table.find(tenant, id);
    }

    public List<StoredFile> list(String tenant, FileTable.Page page) throws SQLException {
        return table.list(tenant, page);
    }

    /** Where a file's bytes lie. */
    public Path path(StoredFile file) {
        return folder.path(file.id());
    }

    /** @return whether it was there */
    public boolean delete(String tenant, String id) throws SQLException, IOException {
        boolean there = table.delete(tenant, id);
        if (there) {
            folder.delete(id);
        }
        return there;
    }

    private void sweep() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                sweep(clock.instant());
                Thread.sleep(SWEEP);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** Deletes what has expired, and what uploads left that were never ended. */
    public void sweep(Instant now) {
        try {
            folder.clear(now);
            for (String id : table.deleteExpired()) {
                folder.delete(id);
            }
        } catch (SQLException | IOException away) {
            log.debug("files that have expired are deleted later: {}", away.getMessage());
        }
    }

    @Override
    public void close() {
        sweeper.interrupt();
    }
}
