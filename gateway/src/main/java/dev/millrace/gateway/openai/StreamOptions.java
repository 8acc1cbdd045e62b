package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import java.util.Set;

/**
 * Whether an answer is streamed, and whether its last chunk tells what was used.
 *
 * @param streamed server-sent events, rather than one JSON object
 * @param includeUsage a last chunk without choices tells the tokens
 */
record StreamOptions(boolean streamed, boolean includeUsage) {
    static StreamOptions read(Fields fields) {
        boolean streamed = fields.flag("stream", false);
        boolean includeUsage = fields.object("stream_options")
                .map(options -> {
                    if (!streamed) {
                        throw Refusal.invalid("stream_options", "stream_options needs stream: true")
                                .exception();
                    }
                    // padding against eavesdroppers on OpenAI's side; there is none here
                    options.accept(Set.of("include_obfuscation"));
                    boolean usage = options.flag("include_usage", false);
                    options.refuseOthers();
                    return usage;
                })
                .orElse(false);
        return new StreamOptions(streamed, includeUsage);
    }
}
