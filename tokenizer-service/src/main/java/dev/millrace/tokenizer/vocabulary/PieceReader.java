package dev.millrace.tokenizer.vocabulary;

import java.util.Arrays;

/** Ids of one text, in their order, to bytes: the space that encoding put before the text is taken away again. */
final class PieceReader {
    private static final byte[] NOTHING = {};

    private final ModelTokenizer tokenizer;
    private final boolean skipSpecial;
    private boolean dropSpace;

    PieceReader(ModelTokenizer tokenizer, boolean skipSpecial) {
        this.tokenizer = tokenizer;
        this.skipSpecial = skipSpecial;
        this.dropSpace = tokenizer.dropsFirstSpace();
    }

    byte[] bytes(int id) {
        if (tokenizer.isSpecial(id)) {
            return skipSpecial ? NOTHING : tokenizer.bytes(id);
        }
        byte[] bytes = tokenizer.bytes(id);
        boolean drop = dropSpace && bytes.length > 0 && bytes[0] == ' ';
        dropSpace = false;
        return drop ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }
}
