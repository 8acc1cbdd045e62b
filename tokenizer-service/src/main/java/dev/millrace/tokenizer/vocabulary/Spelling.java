package dev.millrace.tokenizer.vocabulary;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** How a vocabulary writes the bytes of its tokens down as text. */
public enum Spelling {
    /** Each byte is one printable character, as GPT-2 has it: a space is "Ġ". */
    BYTE_LEVEL {
        @Override
        byte[] bytes(String token, TokenKind kind) {
            return kind == TokenKind.NORMAL || kind == TokenKind.UNUSED
                    ? ByteAlphabet.bytes(token)
                    : token.getBytes(StandardCharsets.UTF_8);
        }
    },
    /** Plain text with "▁" for a space, and "{@code <0x0A>}" for a byte. */
    SENTENCE_PIECE {
        @Override
        byte[] bytes(String token, TokenKind kind) {
            return switch (kind) {
                case BYTE -> byteOf(token);
                case NORMAL, UNUSED -> token.replace('▁', ' ').getBytes(StandardCharsets.UTF_8);
                case UNKNOWN, CONTROL, USER_DEFINED -> token.getBytes(StandardCharsets.UTF_8);
            };
        }
    };

    /** The bytes that a token stands for; a control token's are its name. */
    abstract byte[] bytes(String token, TokenKind kind);

    private static byte[] byteOf(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || !token.endsWith(">")) {
            throw new IllegalArgumentException("a byte token must look like <0x0A>, was " + token);
        }
        return new byte[] {(byte) HexFormat.fromHexDigits(token, 3, 5)};
    }

    /** GPT-2's alphabet: printable bytes of Latin-1 stand for themselves, the others for U+0100 and on, in order. */
    private static final class ByteAlphabet {
        private static final int BYTES = 256;
        /** Of each character below U+0144 its byte, or -1 where it is none of the alphabet. */
        private static final short[] BYTE_OF = byteOf();

        private static short[] byteOf() {
            short[] byteOf = new short[BYTES + 68];
            Arrays.fill(byteOf, (short) -1);
            int next = BYTES;
            for (int b = 0; b < BYTES; b++) {
                boolean printable = (b >= '!' && b <= '~') || (b >= '¡' && b <= '¬') || (b >= '®' && b <= 'ÿ');
                byteOf[printable ? b : next++] = (short) b;
            }
            return byteOf;
        }

        static byte[] bytes(String token) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(token.length());
            token.codePoints().forEach(c -> {
                if (c < BYTE_OF.length && BYTE_OF[c] >= 0) {
                    bytes.write(BYTE_OF[c]);
                } else {
                    // some vocabularies hold plain text beside the alphabet's: it stands for itself
                    bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                }
            });
            return bytes.toByteArray();
        }
    }
}
