package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.contracts.v1.Passage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * OpenAI's {@code response}.
 *
 * @param settings what the request asked for, each under its own name
 */
record Response(
        String id,
        String object,
        long createdAt,
        String status,
        Optional<Long> completedAt,
        Optional<Failure> error,
        Optional<Incomplete> incompleteDetails,
        String model,
        List<Item> output,
        Optional<TokenUsage> usage,
        @JsonAnyGetter Map<String, Object> settings) {
    record Failure(String code, String message) {}

    record Incomplete(String reason) {}

    /** What an answer consists of. */
    sealed interface Item {}

    record FileSearchCall(String id, String type, String status, List<String> queries, Optional<List<Result>> results)
            implements Item {
        static FileSearchCall of(String id, String status, List<String> queries, Optional<List<Result>> results) {
            return new FileSearchCall(id, "file_search_call", status, queries, results);
        }
    }

    /** What the model reasoned before it answered. */
    record Reasoning(String id, String type, String status, List<ReasoningText> summary, List<ReasoningText> content)
            implements Item {
        static Reasoning of(String id, String status, String text) {
            return new Reasoning(
                    id,
                    "reasoning",
                    status,
                    List.of(),
                    text.isEmpty() ? List.of() : List.of(new ReasoningText("reasoning_text", text)));
        }
    }

    record ReasoningText(String type, String text) {}

    record Result(String fileId, String filename, double score, String text, Map<String, Object> attributes) {
        static Result of(Passage passage) {
            Map<String, Object> attributes = new TreeMap<>();
            passage.getAttributesMap().forEach((key, value) -> attributes.put(key, plain(value)));
            return new Result(
                    passage.getDocumentId(), passage.getFilename(), passage.getScore(), passage.getText(), attributes);
        }

        private static Object plain(AttributeValue value) {
            return switch (value.getValueCase()) {
                case TEXT, VALUE_NOT_SET -> value.getText();
                case NUMBER -> value.getNumber();
                case FLAG -> value.getFlag();
            };
        }
    }

    /**
     * @param grounding an extension of ours: where documents were searched
     */
    record Message(
            String id,
            String type,
            String status,
            String role,
            List<OutputText> content,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<GroundingReport> grounding)
            implements Item {
        static Message of(String id, String status, List<OutputText> content, Optional<GroundingReport> grounding) {
            return new Message(id, "message", status, "assistant", content, grounding);
        }
    }

    record OutputText(String type, String text, List<FileCitation> annotations, List<String> logprobs) {
        static OutputText of(String text, List<FileCitation> annotations) {
            return new OutputText("output_text", text, List.copyOf(annotations), List.of());
        }
    }

    record TokenUsage(
            int inputTokens,
            InputTokensDetails inputTokensDetails,
            int outputTokens,
            OutputTokensDetails outputTokensDetails,
            int totalTokens) {
        record InputTokensDetails(int cachedTokens, int cacheWriteTokens) {}

        record OutputTokensDetails(int reasoningTokens) {}

        static TokenUsage of(dev.millrace.contracts.v1.Usage usage) {
            int input = usage.getPromptTokens();
            int output = usage.getCompletionTokens();
            return new TokenUsage(
                    input,
                    new InputTokensDetails(usage.getCachedTokens(), 0),
                    output,
                    new OutputTokensDetails(0),
                    input + output);
        }
    }
}
