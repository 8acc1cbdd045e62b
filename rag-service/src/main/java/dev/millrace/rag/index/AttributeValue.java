package dev.millrace.rag.index;

/** What a document's attribute can be. */
public sealed interface AttributeValue {
    record Text(String value) implements AttributeValue {}

    record Numeric(double value) implements AttributeValue {}

    record Flag(boolean value) implements AttributeValue {}
}
