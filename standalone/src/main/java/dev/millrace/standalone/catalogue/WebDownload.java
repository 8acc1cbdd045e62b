package dev.millrace.standalone.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Fetches one file over HTTP into a part file, and goes on where an earlier try stopped.
 *
 * @param connectTimeout how long a server may take to be reached
 * @param stallTimeout how long a server may send nothing
 */
record WebDownload(Duration connectTimeout, Duration stallTimeout) {
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_FRUITLESS_TRIES = 3;

    /** Where a file lies and what its server says of it. */
    record Located(URI address, Optional<String> sha256, Optional<String> tag) {}

    /**
     * Asks for the file's head, following redirects.
     *
     * @param token sent to the first server only, never to where it redirects
     */
    Located locate(URI address, Optional<String> token) throws IOException, PullException {
        Optional<String> sha256 = Optional.empty();
        URI at = address;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpURLConnection connection = open(at, sameServer(at, address) ? token : Optional.empty());
            connection.setRequestMethod("HEAD");
            int status = connection.getResponseCode();
            // Hugging Face names a large file's SHA-256 before it redirects to where the file lies
            if (sha256.isEmpty()) {
                sha256 = Optional.ofNullable(connection.getHeaderField("X-Linked-Etag"))
                        .map(tag -> tag.replace("\"", ""))
                        .filter(tag -> tag.matches("[0-9a-f]{64}"));
            }
            if (!REDIRECTS.contains(status)) {
                requireOk(at, status);
                return new Located(at, sha256, Optional.ofNullable(connection.getHeaderField("ETag")));
            }
            at = at.resolve(connection.getHeaderField("Location"));
        }
        throw new PullException(address + " redirects more than " + MOST_REDIRECTS + " times");
    }

    /**
     * Fetches into {@code part}. What lies there already is kept if the server still has the same file.
     *
     * @param token sent only if the file lies on the server that was asked
     */
    void fetch(Located file, Optional<String> token, Path part, long expectedBytes, PullListener listener)
            throws IOException, PullException {
        Path tagFile = part.resolveSibling(part.getFileName() + ".tag");
        if (Files.exists(part) && !(file.tag().isPresent() && file.tag().equals(read(tagFile)))) {
            Files.delete(part);
        }
        if (file.tag().isPresent()) {
            Files.writeString(tagFile, file.tag().get());
        }
        int fruitless = 0;
        while (true) {
            long before = size(part);
            try {
                append(file, token, part, expectedBytes, listener);
                if (size(part) >= expectedBytes) {
                    return;
                }
                throw new IOException("the connection ended after " + size(part) + " of " + expectedBytes + " bytes");
            } catch (IOException e) {
                boolean brought = size(part) > before;
                fruitless = brought ? 0 : fruitless + 1;
                if (Pull.isDiskFull(e) || fruitless == MOST_FRUITLESS_TRIES) {
                    throw e;
                }
                listener.say("The connection broke off (" + e.getMessage() + "): going on at byte " + size(part));
            }
        }
    }

    private void append(Located file, Optional<String> token, Path part, long expectedBytes, PullListener listener)
            throws IOException, PullException {
        long have = size(part);
        HttpURLConnection connection = open(file.address(), token);
        if (have > 0) {
            connection.setRequestProperty("Range", "bytes=" + have + "-");
            file.tag().ifPresent(tag -> connection.setRequestProperty("If-Range", tag));
        }
        int status = connection.getResponseCode();
        if (status == 416) {
            // there is nothing behind what we have: the whole is checked by its checksum
            return;
        }
        if (status != 206) {
            requireOk(file.address(), status);
            have = 0;
        }
        try (InputStream body = connection.getInputStream();
                FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(have).position(have);
            byte[] buffer = new byte[1 << 16];
            int read;
            while ((read = body.read(buffer)) >= 0) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    have += out.write(bytes);
                }
                if (have > expectedBytes) {
                    throw new PullException(
                            file.address() + " is larger than the " + expectedBytes + " bytes that it should have");
                }
                listener.progress(have, expectedBytes);
            }
        } finally {
            connection.disconnect();
        }
    }

    private HttpURLConnection open(URI address, Optional<String> token) throws IOException {
        URLConnection connection = address.toURL().openConnection();
        if (!(connection instanceof HttpURLConnection http)) {
            throw new IOException(address + " is not an http address");
        }
        http.setConnectTimeout((int) connectTimeout.toMillis());
        http.setReadTimeout((int) stallTimeout.toMillis());
        http.setInstanceFollowRedirects(false);
        http.setRequestProperty("User-Agent", "millrace");
        http.setRequestProperty("Accept-Encoding", "identity");
        token.ifPresent(value -> http.setRequestProperty("Authorization", "Bearer " + value));
        return http;
    }

    private static void requireOk(URI address, int status) throws PullException {
        if (status == 401 || status == 403) {
            throw new PullException(address + " answers " + status
                    + ": set HF_TOKEN to a token that may read it (and agree to the model's terms there)");
        }
        if (status / 100 != 2) {
            throw new PullException(address + " answers " + status);
        }
    }

    static boolean sameServer(URI one, URI other) {
        return one.getScheme().equals(other.getScheme()) && one.getAuthority().equals(other.getAuthority());
    }

    private static Optional<String> read(Path file) throws IOException {
        return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }
}
