package dev.millrace.rag.embed;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Vectors of benchmarks' texts, kept in a file a model: no text is embedded twice, also where a run is broken off. */
public final class CachedVectors {
    private static final int AT_ONCE = 64;

    private final TextEncoder encoder;
    private final Path file;
    private final Map<Long, float[]> kept = new HashMap<>();

    /**
     * @param folder is made where it doesn't exist
     */
    public CachedVectors(TextEncoder encoder, Path folder) throws IOException {
        this.encoder = encoder;
        file = Files.createDirectories(folder).resolve(encoder.model().name() + ".vectors");
        if (Files.exists(file)) {
            read();
        }
    }

    private void read() throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            while (true) {
                long key = in.readLong();
                float[] vector = new float[encoder.model().dimensions()];
                for (int d = 0; d < vector.length; d++) {
                    vector[d] = in.readFloat();
                }
                kept.put(key, vector);
            }
        } catch (EOFException end) {
            // of the file, or of what a run that was broken off had written
            int entry = Long.BYTES + Float.BYTES * encoder.model().dimensions();
            try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / entry * entry);
            }
        }
    }

    /** [texts, dimensions]. */
    public float[][] of(List<String> texts) throws IOException {
        List<String> missing = texts.stream()
                .distinct()
                .filter(text -> !kept.containsKey(key(text)))
                .toList();
        long began = System.nanoTime();
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)))) {
            for (int from = 0; from < missing.size(); from += AT_ONCE) {
                List<String> some = missing.subList(from, Math.min(missing.size(), from + AT_ONCE));
                float[][] vectors = encoder.texts(some);
                for (int i = 0; i < vectors.length; i++) {
                    out.writeLong(key(some.get(i)));
                    for (float value : vectors[i]) {
                        out.writeFloat(value);
                    }
                    kept.put(key(some.get(i)), vectors[i]);
                }
                out.flush();
                System.err.printf(
                        Locale.ROOT,
                        "%d of %d texts, %.0f s%n",
                        from + some.size(),
                        missing.size(),
                        (System.nanoTime() - began) / 1e9);
            }
        }
        return texts.stream().map(text -> kept.get(key(text))).toArray(float[][]::new);
    }

    /** Of questions, with what the model wants before one. */
    public float[][] ofQuestions(List<String> questions) throws IOException {
        return of(questions.stream().map(encoder.model().queryPrefix()::concat).toList());
    }

    private static long key(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
