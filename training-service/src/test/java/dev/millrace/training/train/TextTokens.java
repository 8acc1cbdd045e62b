package dev.millrace.training.train;

import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Sequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Text in a byte-level model's tokens, the longest that fits each time: near to what its tokenizer makes of it, and enough to see
 * what real text does to gradients.
 */
final class TextTokens {
    private static final int LONGEST = 24;

    private TextTokens() {}

    /** So many examples of so many tokens, one after the other. */
    static Examples cut(Path model, String text, int examples, int tokens) throws IOException {
        Map<String, Integer> ids = new HashMap<>();
        try (GgufFile file = GgufFile.open(model)) {
            List<String> words = file.metadata().requiredStrings("tokenizer.ggml.tokens");
            for (int i = 0; i < words.size(); i++) {
                ids.putIfAbsent(words.get(i), i);
            }
        }
        // as byte-level vocabularies write a space and a line's end; all else but ASCII is left out
        String written =
                text.replaceAll("[^\\x20-\\x7e\\n]", "").replace(' ', '\u0120').replace('\n', '\u010a');
        List<Integer> all = new ArrayList<>();
        for (int at = 0; at < written.length() && all.size() < examples * tokens; ) {
            int end = Math.min(written.length(), at + LONGEST);
            while (!ids.containsKey(written.substring(at, end))) {
                end--;
            }
            all.add(ids.get(written.substring(at, end)));
            at = end;
        }
        if (all.size() < examples * tokens) {
            throw new IllegalArgumentException(
                    "the text has " + all.size() + " tokens, needed are " + examples * tokens);
        }
        List<Example> cut = new ArrayList<>();
        for (int i = 0; i < examples; i++) {
            cut.add(new Example(List.of(Sequence.plain(all.subList(i * tokens, (i + 1) * tokens).stream()
                    .mapToInt(Integer::intValue)
                    .toArray()))));
        }
        return Examples.of(cut);
    }
}
