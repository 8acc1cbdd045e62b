package dev.millrace.gateway.usage;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * An append-only file of entries that are still to be passed on. What {@link #append} has returned for is still there
 * after the process was killed; a machine that loses power may lose the last second. One process uses a folder.
 *
 * <p>An entry is its length (4 bytes), its CRC-32C (4 bytes) and its bytes. Files are named by the position of their
 * first entry, which counts all bytes ever appended; the file {@code released} holds the position up to which entries
 * have been passed on.
 */
public final class Journal implements Closeable {
    private static final int HEADER = 8;
    private static final int LONGEST_ENTRY = 1 << 20;
    private static final long RELEASE_INTERVAL_NANOS = 1_000_000_000;
    private static final String SUFFIX = ".journal";

    private final Path folder;
    private final long segmentBytes;
    private final FileChannel lockFile;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition appended = lock.newCondition();
    /** Each file by the position of its first entry; the last is the one that is written to. */
    private final NavigableMap<Long, Path> segments = new TreeMap<>();

    // a plain stream, and no channel: a channel is closed when a thread that writes is interrupted
    private FileOutputStream out;
    private long end;
    private long released;
    private long releasedWrittenAt = System.nanoTime();

    /** What was appended once, and the position after it. */
    public static final class Entry {
        private final byte[] bytes;
        private final long next;

        private Entry(byte[] bytes, long next) {
            this.bytes = bytes;
            this.next = next;
        }

        public byte[] bytes() {
            return bytes.clone();
        }

        public long next() {
            return next;
        }
    }

    /**
     * Opens the journal in a folder, which is made where it doesn't exist. An entry that was being written when the
     * process died is cut off.
     *
     * @param segmentBytes size at which a new file is begun
     * @throws IOException if the folder can't be used, or another process uses it
     */
    public Journal(Path folder, long segmentBytes) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.segmentBytes = segmentBytes;
        this.lockFile = lock(folder);
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> file.toString().endsWith(SUFFIX)).forEach(file -> segments.put(start(file), file));
        }
        if (segments.isEmpty()) {
            segments.put(0L, segment(0));
            Files.createFile(segment(0));
        }
        end = wholeEnd(segments.lastEntry().getKey(), segments.lastEntry().getValue());
        out = new FileOutputStream(segments.lastEntry().getValue().toFile(), true);
        released = Math.clamp(readReleased(), segments.firstKey(), end);
    }

    /** Appends an entry. Takes microseconds: the operating system writes it out later. */
    public void append(byte[] entry) throws IOException {
        if (entry.length == 0 || entry.length > LONGEST_ENTRY) {
            throw new IllegalArgumentException("an entry has 1 to " + LONGEST_ENTRY + " bytes, was " + entry.length);
        }
        byte[] framed = ByteBuffer.allocate(HEADER + entry.length)
                .putInt(entry.length)
                .putInt(checksum(entry))
                .put(entry)
                .array();
        lock.lock();
        try {
            if (end - segments.lastKey() >= segmentBytes) {
                out.close();
                segments.put(end, segment(end));
                out = new FileOutputStream(segment(end).toFile(), true);
            }
            write(framed);
            end += framed.length;
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void write(byte[] framed) throws IOException {
        try {
            out.write(framed);
        } catch (IOException full) {
            // half an entry would hide all that come after it
            try (RandomAccessFile file =
                    new RandomAccessFile(segments.lastEntry().getValue().toFile(), "rw")) {
                file.setLength(end - segments.lastKey());
            }
            throw full;
        }
    }

    /** The position up to which entries have been passed on. */
    public long released() {
        lock.lock();
        try {
            return released;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there are entries after {@code position}, for so long at most. */
    public boolean await(long position, Duration longest) throws InterruptedException {
        long nanos = longest.toNanos();
        lock.lock();
        try {
            while (end <= position && nanos > 0) {
                nanos = appended.awaitNanos(nanos);
            }
            return end > position;
        } finally {
            lock.unlock();
        }
    }

    /** The entries from {@code position} on, as many as {@code most}, none where there are none. */
    public List<Entry> read(long position, int most) throws IOException {
        Path file;
        long start;
        long stop;
        lock.lock();
        try {
            Map.Entry<Long, Path> segment = segments.floorEntry(position);
            if (segment == null) {
                throw new IllegalArgumentException(
                        "entries before " + segments.firstKey() + " are gone, asked for " + position);
            }
            start = segment.getKey();
            file = segment.getValue();
            Long following = segments.higherKey(start);
            stop = following == null ? end : following;
            if (position >= stop) {
                return List.of();
            }
        } finally {
            lock.unlock();
        }
        List<Entry> entries = new ArrayList<>();
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] block = new byte[(int) Math.min(stop - position, Math.max(HEADER + LONGEST_ENTRY, 1 << 20))];
            in.seek(position - start);
            in.readFully(block);
            ByteBuffer bytes = ByteBuffer.wrap(block);
            while (entries.size() < most && bytes.remaining() >= HEADER) {
                int length = bytes.getInt();
                int checksum = bytes.getInt();
                if (length > bytes.remaining()) {
                    break;
                }
                byte[] entry = new byte[length];
                bytes.get(entry);
                if (checksum(entry) != checksum) {
                    throw new IOException("the entry at " + (position + bytes.position() - HEADER - length) + " of "
                            + file + " is damaged: its checksum does not fit");
                }
                entries.add(new Entry(entry, position + bytes.position()));
            }
        }
        // the last of a file leads on to the next one, whose first entry has the same position
        return entries;
    }

    /** Entries up to {@code position} have been passed on: they are not read again, and their files go. */
    public void release(long position) throws IOException {
        lock.lock();
        try {
            released = Math.max(released, position);
            while (segments.size() > 1 && segments.higherKey(segments.firstKey()) <= released) {
                Files.deleteIfExists(segments.pollFirstEntry().getValue());
            }
            if (System.nanoTime() - releasedWrittenAt > RELEASE_INTERVAL_NANOS) {
                writeReleased();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try (lockFile) {
            writeReleased();
            out.close();
        } finally {
            lock.unlock();
        }
    }

    private void writeReleased() throws IOException {
        Path fresh = folder.resolve("released.new");
        Files.writeString(fresh, Long.toString(released));
        Files.move(
                fresh, folder.resolve("released"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        releasedWrittenAt = System.nanoTime();
    }

    /** Where it is unknown, 0: entries are passed on twice rather than not at all. */
    private long readReleased() throws IOException {
        Path file = folder.resolve("released");
        if (!Files.exists(file)) {
            return 0;
        }
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (NumberFormatException damaged) {
            return 0;
        }
    }

    /** Cuts the file after its last whole entry, and says at which position that is. */
    private static long wholeEnd(long start, Path file) throws IOException {
        long whole = 0;
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] bytes = new byte[Math.toIntExact(in.length())];
            in.readFully(bytes);
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.remaining() >= HEADER) {
                int length = left.getInt();
                int checksum = left.getInt();
                if (length < 1 || length > left.remaining()) {
                    break;
                }
                byte[] entry = new byte[length];
                left.get(entry);
                if (checksum(entry) != checksum) {
                    break;
                }
                whole = left.position();
            }
            in.setLength(whole);
        } catch (EOFException shrunk) {
            throw new IOException(file + " changed while it was read: does another process use it?", shrunk);
        }
        return start + whole;
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel file =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held;
        try {
            held = file.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            held = null;
        }
        if (held == null) {
            file.close();
            throw new IOException("another gateway uses the journal in " + folder
                    + ": give each its own folder with millrace.gateway.data");
        }
        return file;
    }

    private Path segment(long start) {
        return folder.resolve("%016x%s".formatted(start, SUFFIX));
    }

    private static long start(Path file) {
        String name = file.getFileName().toString();
        try {
            return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()), 16);
        } catch (NumberFormatException foreign) {
            throw new UncheckedIOException(new IOException(file + " is no journal file: its name is no position"));
        }
    }

    private static int checksum(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return (int) checksum.getValue();
    }
}
