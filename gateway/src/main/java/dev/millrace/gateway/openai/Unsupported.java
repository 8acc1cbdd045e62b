package dev.millrace.gateway.openai;

import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** OpenAI's parameters that do nothing here yet: refused by name, unless their value asks for what is done anyway. */
final class Unsupported {
    private static final Set<String> EFFORTS = Set.of("none", "minimal", "low", "medium", "high", "xhigh");

    private Unsupported() {}

    static void inChat(Fields fields) {
        fields.unsupported("functions", Unsupported::emptyArray);
        fields.unsupported("function_call", oneOf(Set.of("none")));
        fields.unsupported(
                "response_format",
                value -> Fields.of(value, "response_format")
                        .requiredString("type")
                        .equals("text"));
        fields.unsupported(
                "modalities",
                value -> value.isArray()
                        && value.size() == 1
                        && value.get(0).isString()
                        && value.get(0).stringValue().equals("text"));
        fields.unsupported("audio", Unsupported::never);
        fields.unsupported("prediction", Unsupported::never);
        fields.unsupported("web_search_options", Unsupported::never);
        fields.unsupported("verbosity", oneOf(Set.of("medium")));
        // models here think as their template has it
        fields.unsupported("reasoning_effort", oneOf(EFFORTS));
        common(fields);
    }

    static void inCompletions(Fields fields) {
        fields.unsupported(
                "suffix", value -> value.isString() && value.stringValue().isEmpty());
        common(fields);
    }

    static void inResponses(Fields fields) {
        fields.unsupported("background", value -> value.isBoolean() && !value.booleanValue());
        fields.unsupported("conversation", Unsupported::never);
        fields.unsupported("prompt", Unsupported::never);
        fields.unsupported("moderation", Unsupported::never);
        fields.unsupported("context_management", Unsupported::never);
        fields.unsupported("truncation", oneOf(Set.of("disabled")));
        fields.unsupported("top_logprobs", value -> value.isIntegralNumber() && value.intValue() == 0);
        fields.unsupported("service_tier", oneOf(Set.of("auto", "default")));
        fields.object("reasoning").ifPresent(reasoning -> {
            // models here think as their template has it
            reasoning.unsupported("effort", oneOf(EFFORTS));
            reasoning.unsupported("summary", oneOf(Set.of("auto")));
            reasoning.unsupported("generate_summary", oneOf(Set.of("auto")));
            reasoning.refuseOthers();
        });
        fields.object("text").ifPresent(text -> {
            text.unsupported(
                    "format",
                    value -> Fields.of(value, "text.format")
                            .requiredString("type")
                            .equals("text"));
            text.unsupported("verbosity", oneOf(Set.of("medium")));
            text.refuseOthers();
        });
    }

    private static void common(Fields fields) {
        fields.unsupported("store", value -> value.isBoolean() && !value.booleanValue());
        fields.unsupported("service_tier", oneOf(Set.of("auto", "default")));
    }

    static boolean never(JsonNode value) {
        return false;
    }

    private static boolean emptyArray(JsonNode value) {
        return value.isArray() && value.isEmpty();
    }

    static Predicate<JsonNode> oneOf(Set<String> values) {
        return value -> value.isString() && values.contains(value.stringValue());
    }
}
