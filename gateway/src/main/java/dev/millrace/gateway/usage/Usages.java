package dev.millrace.gateway.usage;

/** Where the use of the platform is written down. */
public interface Usages {
    /** Takes note of a request that has ended. Never blocks, and never fails a request. */
    void record(RequestUsage usage);
}
