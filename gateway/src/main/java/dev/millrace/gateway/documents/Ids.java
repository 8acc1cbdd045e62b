package dev.millrace.gateway.documents;

import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Ids that clients name. What can't be an id is answered as one that doesn't exist, and asked of nobody. */
final class Ids {
    static final int MOST_STORES = 100;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");

    private Ids() {}

    static String store(JsonNode value, String path) {
        return store(Fields.text(value, path));
    }

    static String store(String id) {
        return checked(id, "vector_store_not_found", "vector store");
    }

    static String file(String id) {
        return checked(id, "file_not_found", "file");
    }

    static String batch(String id) {
        return checked(id, "batch_not_found", "batch");
    }

    private static String checked(String id, String code, String what) {
        if (!ID.matcher(id).matches()) {
            throw Refusal.of(Kind.NOT_FOUND, code, "there is no " + what + " '" + Fields.shorten(id) + "'")
                    .exception();
        }
        return id;
    }
}
