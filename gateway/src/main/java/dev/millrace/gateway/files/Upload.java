package dev.millrace.gateway.files;

import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** A file that is being sent. One thread writes; another may close it meanwhile. */
public final class Upload implements AutoCloseable {
    /** After so many bytes the disk's room is looked at again. */
    private static final long GLANCE_BYTES = 8 << 20;

    private static final Duration LATER = Duration.ofMinutes(1);

    private final Path partial;
    private final FileChannel channel;
    private final long mostBytes;
    private final long freeBytes;
    private long bytes;
    private long unseen = GLANCE_BYTES;

    Upload(Path partial, long mostBytes, long freeBytes) throws IOException {
        this.partial = partial;
        this.mostBytes = mostBytes;
        this.freeBytes = freeBytes;
        this.channel = FileChannel.open(partial, StandardOpenOption.WRITE);
    }

    /**
     * Adds some bytes.
     *
     * @throws RefusedException where the file is larger than one may be, or the disk is full
     */
    public synchronized void write(ByteBuffer more) throws IOException {
        int size = more.remaining();
        if (bytes + size > mostBytes) {
            throw Refusal.of(
                            Kind.TOO_LARGE,
                            "file_too_large",
                            "a file may have " + mostBytes + " bytes at most, this one has more: send it in parts")
                    .at("file")
                    .exception();
        }
        unseen += size;
        if (unseen >= GLANCE_BYTES) {
            requireRoom();
            unseen = 0;
        }
        try {
            while (more.hasRemaining()) {
                channel.write(more);
            }
        } catch (IOException failure) {
            String why = String.valueOf(failure.getMessage());
            if (why.contains("No space left") || why.contains("quota")) {
                throw noRoom();
            }
            throw failure;
        }
        bytes += size;
    }

    private void requireRoom() throws IOException {
        long left = Files.getFileStore(partial).getUsableSpace();
        if (left < freeBytes + GLANCE_BYTES) {
            throw noRoom();
        }
    }

    private static RefusedException noRoom() {
        return Refusal.overloaded(
                        "storage_full",
                        "the server's disk has no room for the file: delete files that are no longer needed, or tell who"
                                + " runs it",
                        LATER)
                .exception();
    }

    public synchronized long bytes() {
        return bytes;
    }

    /** Ends the file: from here on it is there, whole, whatever happens to the machine. */
    synchronized void keep(Path whole) throws IOException {
        channel.force(true);
        channel.close();
        Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public synchronized void close() throws IOException {
        channel.close();
        Files.deleteIfExists(partial);
    }
}
