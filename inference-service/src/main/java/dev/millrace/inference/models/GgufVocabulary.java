package dev.millrace.inference.models;

import dev.millrace.inference.model.UnsupportedModelException;
import dev.millrace.inference.text.ByteLevel;
import dev.millrace.inference.text.SentencePiece;
import dev.millrace.inference.text.Vocabulary;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.GgufMetadata;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads what token ids stand for from a GGUF file's metadata. */
final class GgufVocabulary {
    // llama.cpp's llama_token_type
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;

    /** Keys of the ids that a file declares as ends of a text, a turn or a message. */
    private static final List<String> END_KEYS =
            List.of("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id");

    private GgufVocabulary() {}

    static Vocabulary read(GgufFile file) throws IOException {
        GgufMetadata metadata = file.metadata();
        String model = metadata.requiredString("tokenizer.ggml.model");
        boolean byteLevel = switch (model) {
            case "gpt2" -> true;
            case "llama" -> false;
            default ->
                throw new UnsupportedModelException(
                        file.path(),
                        "has a tokenizer of the kind \"" + model + "\", supported are gpt2 (byte-level BPE) and llama"
                                + " (SentencePiece)");
        };
        List<String> names = metadata.requiredStrings("tokenizer.ggml.tokens");
        long[] types = metadata.integers("tokenizer.ggml.token_type").orElse(new long[names.size()]);
        if (types.length != names.size()) {
            throw new MalformedFileException(
                    file.path(), "has " + types.length + " token types for " + names.size() + " tokens");
        }
        List<byte[]> tokens = new ArrayList<>(names.size());
        Set<Integer> control = new HashSet<>();
        Set<Integer> ends = new HashSet<>();
        for (int id = 0; id < names.size(); id++) {
            String name = names.get(id);
            boolean literal = types[id] == CONTROL || types[id] == USER_DEFINED;
            if (literal) {
                tokens.add(name.getBytes(StandardCharsets.UTF_8));
            } else {
                tokens.add(byteLevel ? ByteLevel.decode(name) : SentencePiece.decode(name));
            }
            if (types[id] == CONTROL || types[id] == UNKNOWN || types[id] == UNUSED) {
                control.add(id);
            }
            if (EndTokens.contains(name)) {
                ends.add(id);
            }
        }
        for (String key : END_KEYS) {
            if (metadata.has(key)) {
                ends.add(metadata.requiredInteger(key, 0, names.size() - 1));
            }
        }
        control.addAll(ends);
        return new Vocabulary(tokens, control, ends);
    }
}
