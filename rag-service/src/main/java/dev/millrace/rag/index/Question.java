package dev.millrace.rag.index;

/**
 * What is looked for.
 *
 * @param vector of the question, as long as the collections' own
 * @param depth  how many each way finds
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Question(String tenant, String text, float[] vector, AttributeFilter filter, Mode mode, int depth) {
    /** By which ways chunks are found. */
    public enum Mode {
        WORDS,
        VECTORS,
        HYBRID
    }
}
