package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.GenerateRequest;
import java.util.Set;

/** Parameters of generation that OpenAI does not have, and those of OpenAI's that change nothing here. */
final class Extensions {
    private static final int MAX_PRIORITY = 1_000_000;

    /** Known, and without effect on an answer: names for OpenAI's own records and caches. */
    private static final Set<String> WITHOUT_EFFECT =
            Set.of("user", "metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention");

    private Extensions() {}

    static void read(Fields fields, GenerateRequest.Builder shape) {
        fields.integer("priority", -MAX_PRIORITY, MAX_PRIORITY).ifPresent(shape::setPriority);
        fields.string("cache_salt").ifPresent(shape::setCacheSalt);
        fields.accept(WITHOUT_EFFECT);
    }
}
