package dev.millrace.tokenizer.vocabulary;

import dev.millrace.kernels.weights.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the tokenizer of a model: a GGUF file, or a folder as Hugging Face has it. */
public final class TokenizerFiles {
    private final TokenizerCache cache;

    public TokenizerFiles(TokenizerCache cache) {
        this.cache = cache;
    }

    /**
     * The tokenizer of a model.
     *
     * @throws UnsupportedTokenizerException if it is of a kind that we can't reproduce exactly
     * @throws IOException if the files can't be read, or aren't what they claim to be
     */
    public ModelTokenizer open(Path model) throws IOException {
        if (Files.isDirectory(model)) {
            return HuggingFaceFolder.open(model);
        }
        try (GgufFile file = GgufFile.open(model)) {
            GgufVocabulary source = new GgufVocabulary(file.metadata());
            NativeEncoder encoder = new NativeEncoder(cache.get(model, source::writeJson));
            return new ModelTokenizer(source.vocabulary(), source.kind(), encoder);
        }
    }
}
