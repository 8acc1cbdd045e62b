package dev.millrace.standalone.models;

import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import dev.millrace.tokenizer.vocabulary.TokenizerCache;
import dev.millrace.tokenizer.vocabulary.TokenizerFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * Ids of a text that is cut into windows of equal length, each read by itself, as llama-perplexity does.
 *
 * @param ids of all windows
 * @param opening stands for the first id of each window, where the model's vocabulary asks for one
 */
@SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
record VariedText(int[] ids, int windows, OptionalInt opening) {
    static final int WINDOW = 512;

    /** Prose, Chinese, code, tables and data: made by {@code make_varied_text.py}. */
    static String builtIn() throws IOException {
        try (InputStream file = Objects.requireNonNull(VariedText.class.getResourceAsStream("/quality/varied.txt.gz"));
                InputStream text = new GZIPInputStream(file)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /**
     * The first windows of a text.
     *
     * @param cache a folder for what the tokenizer keeps
     */
    static VariedText of(String text, Path model, int windows, Path cache) throws IOException {
        try (ModelTokenizer tokenizer = new TokenizerFiles(new TokenizerCache(cache)).open(model)) {
            int[] ids = tokenizer.encode(text, true);
            int whole = Math.min(windows, ids.length / WINDOW);
            return new VariedText(
                    Arrays.copyOf(ids, whole * WINDOW),
                    whole,
                    tokenizer.opening().stream().mapToInt(id -> id).findFirst());
        }
    }

    /** What the model reads of a window. */
    int[] window(int index) {
        int[] window = Arrays.copyOfRange(ids, index * WINDOW, (index + 1) * WINDOW);
        opening.ifPresent(id -> window[0] = id);
        return window;
    }

    /** Of the ids as little-endian integers of 32 bits. */
    String sha256() {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.of(ids).forEach(bytes::putInt);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
