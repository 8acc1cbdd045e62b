package dev.millrace.rag.index;

import java.util.List;

/** Which documents a search may see, by their attributes; OpenAI's filters. A document without the attribute is unequal to any value. */
public sealed interface AttributeFilter {
    enum Order {
        GREATER,
        GREATER_OR_EQUAL,
        LESS,
        LESS_OR_EQUAL
    }

    /** The attribute is one of the values. */
    record In(String key, List<AttributeValue> values) implements AttributeFilter {
        public In {
            values = List.copyOf(values);
        }
    }

    record Compared(String key, Order order, double bound) implements AttributeFilter {}

    record Not(AttributeFilter filter) implements AttributeFilter {}

    record All(List<AttributeFilter> filters) implements AttributeFilter {
        public All {
            filters = List.copyOf(filters);
        }
    }

    record Any(List<AttributeFilter> filters) implements AttributeFilter {
        public Any {
            filters = List.copyOf(filters);
        }
    }
}
