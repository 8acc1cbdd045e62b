package dev.millrace.inference.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's alphabet, in which byte-level BPE writes its tokens: each byte is one printable character.
 *
 * @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">bytes_to_unicode</a>
 */
public final class ByteLevel {
    private static final short[] BYTES = bytes();

    private ByteLevel() {}

    /** The bytes that a token stands for; a character outside the alphabet stands for its own UTF-8. */
    public static byte[] decode(String token) {
        byte[] utf8 = null;
        byte[] decoded = new byte[token.length()];
        for (int i = 0; i < token.length(); i++) {
            char character = token.charAt(i);
            if (character >= BYTES.length || BYTES[character] < 0) {
                utf8 = token.getBytes(StandardCharsets.UTF_8);
                break;
            }
            decoded[i] = (byte) BYTES[character];
        }
        return utf8 == null ? decoded : utf8;
    }

    private static short[] bytes() {
        short[] bytes = new short[0x144];
        Arrays.fill(bytes, (short) -1);
        int next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
            bytes[printable ? value : next++] = (short) value;
        }
        return bytes;
    }
}
