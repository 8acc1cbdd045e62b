package dev.millrace.inference.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns the ids of one answer into text as they come. A character whose bytes are split over tokens is held back until it
 * is whole; bytes that can no longer become one read U+FFFD. The bytes of ids are joined as they are: a leading space
 * belongs to the answer, as llama.cpp has it.
 */
public final class TextDecoder {
    private final Vocabulary vocabulary;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);

    // what is not yet a whole character, at most three bytes; read from 0 to its position
    private ByteBuffer held = ByteBuffer.allocate(64);
    private CharBuffer chars = CharBuffer.allocate(64);

    public TextDecoder(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The text that the answer grows by with this id; empty for a control id and while a character is not whole. */
    public String accept(int id) {
        if (vocabulary.control().contains(id)) {
            return "";
        }
        byte[] bytes = vocabulary.tokens().get(id);
        if (held.remaining() < bytes.length) {
            held = ByteBuffer.allocate((held.position() + bytes.length) * 2).put(held.flip());
        }
        held.put(bytes);
        return decode(false);
    }

    /** The text that is left when no more ids come: what is held back can no longer become a character. */
    public String end() {
        return decode(true);
    }

    private String decode(boolean end) {
        // no byte of UTF-8 becomes more than one char
        if (chars.capacity() < held.position() + 1) {
            chars = CharBuffer.allocate(held.capacity() + 1);
        }
        chars.clear();
        held.flip();
        CoderResult result = utf8.decode(held, chars, end);
        if (end && result.isUnderflow()) {
            utf8.flush(chars);
            utf8.reset();
        }
        held.compact();
        return chars.flip().toString();
    }
}
