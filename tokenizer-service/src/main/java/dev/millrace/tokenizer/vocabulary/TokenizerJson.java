package dev.millrace.tokenizer.vocabulary;

import java.io.OutputStream;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes a tokenizer.json that encodes plain text alone: special tokens, and what stands before and behind a text, are
 * {@link ModelTokenizer}'s.
 */
final class TokenizerJson {
    private static final JsonFactory JSON = new JsonFactory();

    private TokenizerJson() {}

    /**
     * A byte-level vocabulary's.
     *
     * @param merges "left right" each, by rank
     */
    static void writeByteLevel(
            OutputStream out, Vocabulary vocabulary, PreTokenizer preTokenizer, List<String> merges) {
        write(out, json -> {
            json.writeNullProperty("normalizer");
            json.writeObjectPropertyStart("pre_tokenizer");
            json.writeStringProperty("type", "Sequence");
            json.writeArrayPropertyStart("pretokenizers");
            preTokenizer.expressions().forEach(expression -> writeSplit(json, expression));
            writeBytes(json);
            json.writeEndArray();
            json.writeEndObject();
            writeModel(
                    json,
                    vocabulary,
                    preTokenizer.merging() == PreTokenizer.Merging.WHOLE_WORDS_FIRST,
                    merge -> merges.forEach(line -> {
                        int space = line.indexOf(' ', 1);
                        if (space > 0) {
                            merge.accept(line.substring(0, space), line.substring(space + 1));
                        }
                    }));
        });
    }

    /** A SentencePiece vocabulary's. */
    static void writeSentencePiece(OutputStream out, Vocabulary vocabulary, SentencePieceMerges merges) {
        write(out, json -> {
            json.writeObjectPropertyStart("normalizer");
            json.writeStringProperty("type", "Replace");
            json.writeObjectPropertyStart("pattern");
            json.writeStringProperty("String", " ");
            json.writeEndObject();
            json.writeStringProperty("content", "▁");
            json.writeEndObject();
            json.writeNullProperty("pre_tokenizer");
            writeModel(json, vocabulary, false, merges::forEach);
        });
    }

    private static void write(OutputStream out, Consumer<JsonGenerator> body) {
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeStringProperty("version", "1.0");
            json.writeNullProperty("truncation");
            json.writeNullProperty("padding");
            json.writeArrayPropertyStart("added_tokens");
            json.writeEndArray();
            json.writeNullProperty("post_processor");
            json.writeNullProperty("decoder");
            body.accept(json);
            json.writeEndObject();
        }
    }

    private static void writeSplit(JsonGenerator json, String expression) {
        json.writeStartObject();
        json.writeStringProperty("type", "Split");
        json.writeObjectPropertyStart("pattern");
        json.writeStringProperty("Regex", expression);
        json.writeEndObject();
        json.writeStringProperty("behavior", "Isolated");
        json.writeBooleanProperty("invert", false);
        json.writeEndObject();
    }

    private static void writeBytes(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("type", "ByteLevel");
        json.writeBooleanProperty("add_prefix_space", false);
        json.writeBooleanProperty("trim_offsets", false);
        json.writeBooleanProperty("use_regex", false);
        json.writeEndObject();
    }

    private static void writeModel(
            JsonGenerator json,
            Vocabulary vocabulary,
            boolean ignoreMerges,
            Consumer<BiConsumer<String, String>> merges) {
        json.writeObjectPropertyStart("model");
        json.writeStringProperty("type", "BPE");
        json.writeNullProperty("dropout");
        writeUnknown(json, vocabulary);
        json.writeNullProperty("continuing_subword_prefix");
        json.writeNullProperty("end_of_word_suffix");
        json.writeBooleanProperty("fuse_unk", vocabulary.spelling() == Spelling.SENTENCE_PIECE);
        json.writeBooleanProperty("byte_fallback", vocabulary.spelling() == Spelling.SENTENCE_PIECE);
        json.writeBooleanProperty("ignore_merges", ignoreMerges);
        json.writeObjectPropertyStart("vocab");
        for (int id = 0; id < vocabulary.size(); id++) {
            json.writeNumberProperty(vocabulary.tokens().get(id), id);
        }
        json.writeEndObject();
        json.writeArrayPropertyStart("merges");
        merges.accept((left, right) -> {
            json.writeStartArray();
            json.writeString(left);
            json.writeString(right);
            json.writeEndArray();
        });
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeUnknown(JsonGenerator json, Vocabulary vocabulary) {
        int unknown = vocabulary.spelling() == Spelling.SENTENCE_PIECE
                ? vocabulary.kinds().indexOf(TokenKind.UNKNOWN)
                : -1;
        if (unknown < 0) {
            json.writeNullProperty("unk_token");
        } else {
            json.writeStringProperty("unk_token", vocabulary.tokens().get(unknown));
        }
    }
}
