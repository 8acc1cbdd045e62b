package dev.millrace.tokenizer.vocabulary;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes one sequence of ids as they come. A character that is split over ids is held back until it is whole, so the texts
 * put together are what decoding all ids at once gives.
 */
public final class StreamDecoder {
    private final PieceReader reader;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** The first bytes of a character, at most three. */
    private byte[] held = {};

    StreamDecoder(PieceReader reader) {
        this.reader = reader;
    }

    /** The text that is certain now; often empty. */
    public String next(int id) {
        return decode(reader.bytes(id), false);
    }

    /** What was held back: a character that never became whole reads as U+FFFD. Call it once, at the end. */
    public String finish() {
        return decode(new byte[0], true);
    }

    private String decode(byte[] bytes, boolean end) {
        ByteBuffer input = ByteBuffer.allocate(held.length + bytes.length)
                .put(held)
                .put(bytes)
                .flip();
        // one char for each byte is the most that UTF-8 gives
        CharBuffer output = CharBuffer.allocate(input.remaining());
        utf8.reset();
        utf8.decode(input, output, end);
        held = new byte[input.remaining()];
        input.get(held);
        return output.flip().toString();
    }
}
