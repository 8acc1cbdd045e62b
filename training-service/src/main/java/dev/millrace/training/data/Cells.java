package dev.millrace.training.data;

import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Texts of a table: those of columns that hold messages or tools are JSON, all others are what they are. */
final class Cells {
    private static final Set<String> STRUCTURED = Set.of(
            "messages", "conversations", "tools", "input", "preferred_output", "non_preferred_output", "tool_calls");

    private Cells() {}

    /** An empty cell of a column of JSON is none. */
    static void put(ObjectNode row, String name, String text) throws BadLineException {
        if (!STRUCTURED.contains(name)) {
            row.put(name, text);
        } else if (!text.isBlank()) {
            try {
                row.set(name, JsonMapper.shared().readTree(text));
            } catch (JacksonException broken) {
                throw new BadLineException("has no JSON in \"" + name + "\": " + broken.getOriginalMessage());
            }
        }
    }
}
