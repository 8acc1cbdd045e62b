package dev.millrace.tokenizer.vocabulary;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a model's file says about its tokens.
 *
 * @param tokens the text of each id as the file spells it
 * @param kinds the kind of each id
 * @param spelling how {@code tokens} spell bytes
 * @param spacePrefix where a space is put before a text
 * @param bos the token that opens a text, where there is one
 * @param eos the token that ends a text, where there is one
 * @param opening ids put before a text that asks for special tokens: as a rule none, or {@code bos}
 * @param closing ids put behind such a text
 * @param stripped ids of special tokens that swallow the white space behind them (Phi 3)
 * @param chatTemplates templates by name; the usual one's is "default"
 */
public record Vocabulary(
        List<String> tokens,
        List<TokenKind> kinds,
        Spelling spelling,
        SpacePrefix spacePrefix,
        OptionalInt bos,
        OptionalInt eos,
        List<Integer> opening,
        List<Integer> closing,
        Set<Integer> stripped,
        Map<String, String> chatTemplates) {

    /** Where a space is put before a text, so that its first word looks as within a sentence. */
    public enum SpacePrefix {
        NEVER,
        /** Before each piece of text between special tokens, as Llama 2 has it. */
        EACH_FRAGMENT,
        /** Before the text, unless it opens with a space. */
        FIRST_FRAGMENT,
        /** Somewhere, by the tokenizer.json's own rules. */
        BY_LIBRARY
    }

    public Vocabulary {
        if (tokens.size() != kinds.size()) {
            throw new IllegalArgumentException(
                    "there must be one kind for each of " + tokens.size() + " tokens, were " + kinds.size());
        }
        bos.ifPresent(id -> requireWithin("bos", id, tokens.size()));
        eos.ifPresent(id -> requireWithin("eos", id, tokens.size()));
        opening.forEach(id -> requireWithin("opening", id, tokens.size()));
        closing.forEach(id -> requireWithin("closing", id, tokens.size()));
        opening = List.copyOf(opening);
        closing = List.copyOf(closing);
        stripped = Set.copyOf(stripped);
        chatTemplates = Map.copyOf(chatTemplates);
    }

    public int size() {
        return tokens.size();
    }

    /** The bytes that an id stands for; a control token's are its name. */
    byte[] bytes(int id) {
        return spelling.bytes(tokens.get(id), kinds.get(id));
    }

    private static void requireWithin(String name, int id, int size) {
        if (id < 0 || id >= size) {
            throw new IllegalArgumentException(name + " must be within the vocabulary's " + size + " ids, was " + id);
        }
    }
}
