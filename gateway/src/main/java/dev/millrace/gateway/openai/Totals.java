package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.GenerationFinished;

/** Adds up what the prompts of one request took; times are those of the slowest. */
final class Totals {
    private int prompt;
    private int completion;
    private int cached;
    private int drafted;
    private int accepted;
    private double queueMillis;
    private double prefillMillis;
    private double decodeMillis;

    void add(GenerationFinished finished) {
        prompt += finished.getUsage().getPromptTokens();
        completion += finished.getUsage().getCompletionTokens();
        cached += finished.getUsage().getCachedTokens();
        drafted += finished.getUsage().getDraftedTokens();
        accepted += finished.getUsage().getAcceptedTokens();
        queueMillis = Math.max(queueMillis, finished.getTimings().getQueueMillis());
        prefillMillis = Math.max(prefillMillis, finished.getTimings().getPrefillMillis());
        decodeMillis = Math.max(decodeMillis, finished.getTimings().getDecodeMillis());
    }

    Usage usage() {
        return Usage.of(prompt, completion, cached, drafted, accepted);
    }

    Timings timings() {
        return new Timings(queueMillis, prefillMillis, decodeMillis, drafted, accepted);
    }
}
