package dev.millrace.gateway.openai;

/** OpenAI's {@code usage}: what an answer took. */
record Usage(
        int promptTokens,
        int completionTokens,
        int totalTokens,
        PromptTokensDetails promptTokensDetails,
        CompletionTokensDetails completionTokensDetails) {
    record PromptTokensDetails(int cachedTokens, int audioTokens) {}

    record CompletionTokensDetails(
            int reasoningTokens, int audioTokens, int acceptedPredictionTokens, int rejectedPredictionTokens) {}

    static Usage of(int prompt, int completion, int cached, int drafted, int accepted) {
        return new Usage(
                prompt,
                completion,
                prompt + completion,
                new PromptTokensDetails(cached, 0),
                new CompletionTokensDetails(0, 0, accepted, drafted - accepted));
    }
}
