package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.route.ServedModel;
import java.util.List;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;

/** One or more prompts: a string, ids, or an array of either. */
sealed interface Prompts {
    /** OpenAI's bound for embeddings. */
    int MOST = 2048;

    int MOST_IDS = 10_000_000;

    record Texts(List<String> texts) implements Prompts {
        public Texts {
            texts = List.copyOf(texts);
        }
    }

    record Ids(List<TokenIds> ids) implements Prompts {
        public Ids {
            ids = List.copyOf(ids);
        }
    }

    static Prompts read(Fields fields, String name, ServedModel model) {
        JsonNode value = fields.find(name).orElseThrow(() -> fields.missing(name));
        if (value.isString()) {
            return new Texts(List.of(Fields.text(value, name)));
        }
        if (!value.isArray()) {
            throw Fields.refused(name, "a string, an array of strings, of token ids, or of arrays of these", value);
        }
        if (value.isEmpty()) {
            throw Refusal.invalid(name, name + " is empty: it must hold at least one string or token id")
                    .exception();
        }
        JsonNode first = value.get(0);
        if (first.isString()) {
            return new Texts(Fields.elements(value, name, MOST, Fields::text));
        }
        if (first.isArray()) {
            return new Ids(Fields.elements(value, name, MOST, (ids, path) -> ids(ids, path, model)));
        }
        return new Ids(List.of(ids(value, name, model)));
    }

    /** A non-empty array of ids of the model's vocabulary. */
    static TokenIds ids(JsonNode value, String path, ServedModel model) {
        BiFunction<JsonNode, String, Integer> id = (element, at) -> Sampling.tokenId(element, at, model);
        return TokenIds.newBuilder()
                .addAllIds(Fields.elements(value, path, MOST_IDS, id))
                .build();
    }
}
