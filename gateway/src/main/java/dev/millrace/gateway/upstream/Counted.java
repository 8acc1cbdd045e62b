package dev.millrace.gateway.upstream;

/** What the other server said that a request used. */
record Counted(long promptTokens, long completionTokens, long cachedTokens) {}
