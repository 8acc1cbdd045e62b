package dev.millrace.tokenizer.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code namespace()} makes: the one value whose attributes a template may set. Used by one rendering alone. */
final class Namespace implements Value {
    private final Map<String, Value> attributes = new HashMap<>();

    @Nullable Value find(String name) {
        return attributes.get(name);
    }

    void set(String name, Value value) {
        if (name.startsWith("_")) {
            throw TemplateException.failed("a namespace's attribute can't start with an underscore: '" + name + "'");
        }
        attributes.put(name, value);
    }
}
