package dev.millrace.rag.check;

/** What a source says of a claim; from best to worst. */
public enum Verdict {
    SUPPORTED,
    NOT_FOUND,
    CONTRADICTED
}
