package dev.millrace.gateway.openai;

/**
 * An extension of ours: where an answer's time went, in milliseconds, and how many of its tokens speculation tried ahead of
 * their turn and got right.
 */
record Timings(double queueMs, double prefillMs, double decodeMs, int draftedTokens, int acceptedTokens) {}
