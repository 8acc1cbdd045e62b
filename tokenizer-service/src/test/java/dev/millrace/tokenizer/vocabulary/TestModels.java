package dev.millrace.tokenizer.vocabulary;

import java.io.IOException;
import java.nio.file.Path;

/** Small model files for the tests of other packages. */
public final class TestModels {
    private TestModels() {}

    /** Writes a GGUF file with a small BPE vocabulary. */
    public static Path byteLevel(String preTokenizer, Path file) throws IOException {
        return SmallVocabularies.byteLevel(preTokenizer).write(file);
    }

    /** The same with a chat template. */
    public static Path chat(String preTokenizer, String template, Path file) throws IOException {
        return SmallVocabularies.byteLevel(preTokenizer)
                .put("tokenizer.chat_template", template)
                .write(file);
    }
}
