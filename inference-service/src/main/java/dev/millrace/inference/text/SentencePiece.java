package dev.millrace.inference.text;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** How SentencePiece writes its tokens: spaces as {@code U+2581}, single bytes as {@code <0x0A>}. */
public final class SentencePiece {
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

    private SentencePiece() {}

    /** Whether the token is a single byte's. */
    public static boolean isByte(String token) {
        return BYTE.matcher(token).matches();
    }

    /** The bytes that a token stands for. */
    public static byte[] decode(String token) {
        if (isByte(token)) {
            return new byte[] {(byte) Integer.parseInt(token, 3, 5, 16)};
        }
        return token.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);
    }
}
