package dev.millrace.gateway.keys;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/**
 * A key as its owner holds it: {@code mr-}, 43 random base-62 digits (256 bits), and 6 that are their checksum,
 * so that a typing error or a guess is told from a key without asking the database. It prints as its first characters
 * only.
 */
public final class Secret {
    private static final String PREFIX = "mr-";
    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_DIGITS = 43;
    private static final int CHECK_DIGITS = 6;
    private static final int SHOWN = PREFIX.length() + 6;

    /** How many characters a key has. */
    public static final int LENGTH = PREFIX.length() + RANDOM_DIGITS + CHECK_DIGITS;

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /** A new key. */
    public static Secret draw(RandomGenerator random) {
        StringBuilder body = new StringBuilder(PREFIX);
        for (int digit = 0; digit < RANDOM_DIGITS; digit++) {
            body.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
        }
        return new Secret(body + checksum(body.toString()));
    }

    /** Empty where {@code text} cannot be a key of ours: another shape, or a checksum that doesn't fit. */
    public static Optional<Secret> parse(String text) {
        if (text.length() != LENGTH || !text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        String body = text.substring(0, LENGTH - CHECK_DIGITS);
        return text.endsWith(checksum(body)) ? Optional.of(new Secret(text)) : Optional.empty();
    }

    /** The whole key: for its owner, once. */
    public String reveal() {
        return text;
    }

    /** The first characters, by which an owner tells his keys apart. */
    public String shown() {
        return text.substring(0, SHOWN);
    }

    /** What is stored. Plain SHA-256 does: 256 random bits can't be guessed, so there is nothing to slow down. */
    public Hash hash() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
            return new Hash(HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    @Override
    public String toString() {
        return shown() + "...";
    }

    private static String checksum(String body) {
        CRC32C checksum = new CRC32C();
        checksum.update(body.getBytes(StandardCharsets.US_ASCII));
        return base62(checksum.getValue());
    }

    /** The checksum is taken for every request: no big numbers here. */
    private static String base62(long value) {
        char[] text = new char[CHECK_DIGITS];
        long rest = value;
        for (int at = CHECK_DIGITS - 1; at >= 0; at--) {
            text[at] = DIGITS.charAt((int) (rest % DIGITS.length()));
            rest /= DIGITS.length();
        }
        return new String(text);
    }

    /**
     * A key's SHA-256 as 64 lower-case hexadecimal digits. Keys are found by it, never compared character by character, so
     * how long a look-up takes says nothing about a stored key.
     */
    public record Hash(String hex) {
        public Hash {
            if (hex.length() != 64) {
                throw new IllegalArgumentException(
                        "a key's hash has 64 hexadecimal digits, this one has " + hex.length());
            }
        }
    }
}
