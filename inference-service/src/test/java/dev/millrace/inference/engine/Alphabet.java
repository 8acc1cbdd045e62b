package dev.millrace.inference.engine;

import dev.millrace.inference.text.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A vocabulary of letters; id 0 ends an answer, id 1 is a control token. */
public final class Alphabet {
    public static final int END = 0;

    private Alphabet() {}

    public static Vocabulary of(int size) {
        List<byte[]> tokens = new ArrayList<>();
        tokens.add("<end>".getBytes(StandardCharsets.UTF_8));
        tokens.add("<control>".getBytes(StandardCharsets.UTF_8));
        for (int id = 2; id < size; id++) {
            tokens.add(text(id).getBytes(StandardCharsets.UTF_8));
        }
        return new Vocabulary(tokens, Set.of(0, 1), Set.of(END));
    }

    static String text(int id) {
        return id < 28 ? String.valueOf((char) ('a' + id - 2)) : " " + (char) ('a' + id % 26);
    }
}
