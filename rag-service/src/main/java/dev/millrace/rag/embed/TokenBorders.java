package dev.millrace.rag.embed;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.util.Map;

/** Where a model's tokens lie in a text. Safe for several threads. */
public final class TokenBorders implements AutoCloseable {
    private static final Map<String, String> WHOLE =
            Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false");

    private final HuggingFaceTokenizer tokenizer;

    public TokenBorders(EncoderModel model) {
        tokenizer = TextEncoder.tokenizer(model, WHOLE);
    }

    TokenBorders(RerankerModel model) {
        tokenizer = model.tokenizer(WHOLE);
    }

    /** The offset at which each token starts, in UTF-16 units and in order. */
    public int[] starts(String text) {
        CharSpan[] spans = tokenizer.encode(text, false, false).getCharTokenSpans();
        // the binding counts code points
        int[] starts = new int[spans.length];
        int count = 0;
        int codePoint = 0;
        int offset = 0;
        for (CharSpan span : spans) {
            if (span == null) {
                continue;
            }
            offset = text.offsetByCodePoints(offset, span.getStart() - codePoint);
            codePoint = span.getStart();
            starts[count++] = offset;
        }
        return count == starts.length ? starts : java.util.Arrays.copyOf(starts, count);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
