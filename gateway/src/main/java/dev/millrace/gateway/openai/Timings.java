package dev.millrace.gateway.openai;

/** An extension of ours: where an answer's time went, in milliseconds. */
record Timings(double queueMs, double prefillMs, double decodeMs) {}
