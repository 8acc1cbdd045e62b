package dev.millrace.gateway.upstream;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request to another server may come to. Its tokenizer isn't ours, so the prompt is estimated at four bytes a
 * token; when the answer comes, the account is settled by what the server counted.
 *
 * @param promptTokens  an estimate
 * @param answerTokens  the most that the client asked for, for all choices together
 * @param streamed      whether the answer is to come in events
 * @param usageWasAsked whether the client asked for the usage of the stream
 */
record Demand(long promptTokens, long answerTokens, boolean streamed, boolean usageWasAsked) {
    private static final int BYTES_PER_TOKEN = 4;
    private static final List<String> PROMPTS = List.of("messages", "prompt", "input", "tools", "instructions");
    private static final List<String> LIMITS = List.of("max_completion_tokens", "max_tokens", "max_output_tokens");
    private static final long MOST = Integer.MAX_VALUE;

    /**
     * Reads what it needs, and leaves all else for the other server to judge.
     *
     * @param generates     whether an answer is generated at all: not for embeddings
     * @param defaultTokens what an answer may come to where the client gives no limit
     */
    static Demand of(ObjectNode fields, boolean generates, int defaultTokens) {
        long prompt = 0;
        for (String name : PROMPTS) {
            prompt += weight(fields.path(name));
        }
        long answer = 0;
        if (generates) {
            answer = defaultTokens;
            for (String name : LIMITS) {
                JsonNode limit = fields.path(name);
                if (limit.isIntegralNumber() && limit.canConvertToLong()) {
                    answer = Math.clamp(limit.longValue(), 0, MOST);
                    break;
                }
            }
            JsonNode choices = fields.path("n");
            answer *= choices.isInt() ? Math.clamp(choices.intValue(), 1, 1_000) : 1;
        }
        return new Demand(
                Math.ceilDiv(prompt, BYTES_PER_TOKEN),
                answer,
                fields.path("stream").asBoolean(false),
                fields.path("stream_options").path("include_usage").asBoolean(false));
    }

    long mostTokens() {
        return promptTokens + answerTokens;
    }

    /** Bytes of text below a value; a token id counts as one token, and what is inlined as data as nothing. */
    private static long weight(JsonNode value) {
        if (value.isString()) {
            String text = value.stringValue();
            return text.startsWith("data:") ? 0 : bytes(text);
        }
        if (value.isNumber()) {
            return BYTES_PER_TOKEN;
        }
        long weight = 0;
        for (JsonNode part : value) {
            weight += weight(part);
        }
        return weight;
    }

    private static long bytes(String text) {
        long bytes = 0;
        for (int at = 0; at < text.length(); at++) {
            char letter = text.charAt(at);
            bytes += letter < 0x80 ? 1 : letter < 0x800 || Character.isSurrogate(letter) ? 2 : 3;
        }
        return bytes;
    }
}
