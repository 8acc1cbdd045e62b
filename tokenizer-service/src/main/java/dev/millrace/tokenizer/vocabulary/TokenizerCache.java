package dev.millrace.tokenizer.vocabulary;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the tokenizer.json files that are built from models' vocabularies. Behind each stands its checksum: one that was cut
 * short or changed is built again, and so is one whose model file was written since.
 */
public final class TokenizerCache {
    private static final Logger LOG = LoggerFactory.getLogger(TokenizerCache.class);
    /** Part of each name: raise it when what is built from the same model changes. */
    private static final int VERSION = 1;

    private static final int CHECKSUM_DIGITS = 8;

    private final Path folder;

    /** @param folder made when the first file is kept */
    public TokenizerCache(Path folder) {
        this.folder = folder;
    }

    /** Writes what is to be kept. */
    interface Builder {
        void writeTo(OutputStream out) throws IOException;
    }

    /** What is kept for a model file, built first where need be. A folder that can't be written to costs time, no more. */
    String get(Path model, Builder builder) throws IOException {
        Path file = folder.resolve(name(model));
        Optional<String> kept = read(file);
        if (kept.isPresent()) {
            return kept.get();
        }
        ByteArrayOutputStream built = new ByteArrayOutputStream(1 << 22);
        builder.writeTo(built);
        byte[] json = built.toByteArray();
        keep(file, json);
        return new String(json, StandardCharsets.UTF_8);
    }

    private static String name(Path model) throws IOException {
        Path real = model.toRealPath();
        BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
        String identity = real + "|" + attributes.size() + "|" + attributes.lastModifiedTime() + "|" + VERSION;
        UUID key = UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8));
        return real.getFileName() + "-" + key + ".tokenizer.json";
    }

    private static Optional<String> read(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            int length = bytes.length - CHECKSUM_DIGITS;
            if (length >= 0
                    && Arrays.equals(checksum(bytes, length), 0, CHECKSUM_DIGITS, bytes, length, bytes.length)) {
                return Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8));
            }
            LOG.warn("{} is damaged and will be built again", file);
        } catch (NoSuchFileException _) {
            LOG.debug("{} is not there yet", file);
        } catch (IOException e) {
            LOG.warn("{} can't be read and will be built again: {}", file, e.toString());
        }
        return Optional.empty();
    }

    /** Whole or not at all, whoever else writes the same file and whenever we are killed. */
    private void keep(Path file, byte[] json) {
        try {
            Files.createDirectories(folder);
            Path fresh = Files.createTempFile(folder, "building-", ".tmp");
            try {
                try (OutputStream out = Files.newOutputStream(fresh)) {
                    out.write(json);
                    out.write(checksum(json, json.length));
                }
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            LOG.warn("{} can't be kept, so the next start builds it again: {}", file, e.toString());
        }
    }

    private static byte[] checksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return HexFormat.of().toHexDigits((int) checksum.getValue()).getBytes(StandardCharsets.US_ASCII);
    }
}
