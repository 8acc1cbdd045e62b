package dev.millrace.tokenizer.template;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The names that a body sets, within those around it. A scope holds a handful of names, so it looks through them one
 * after the other, which is quicker than hashing.
 */
final class Scope {
    private final @Nullable Scope around;
    private String[] names = new String[4];
    private Value[] values = new Value[4];
    private int size;

    private Scope(@Nullable Scope around) {
        this.around = around;
    }

    static Scope outermost() {
        return new Scope(null);
    }

    Scope inner() {
        return new Scope(this);
    }

    @Nullable Value find(String name) {
        for (Scope scope = this; scope != null; scope = scope.around) {
            for (int i = 0; i < scope.size; i++) {
                if (scope.names[i].equals(name)) {
                    return scope.values[i];
                }
            }
        }
        return null;
    }

    void set(String name, Value value) {
        for (int i = 0; i < size; i++) {
            if (names[i].equals(name)) {
                values[i] = value;
                return;
            }
        }
        if (size == names.length) {
            names = Arrays.copyOf(names, 2 * size);
            values = Arrays.copyOf(values, 2 * size);
        }
        names[size] = name;
        values[size++] = value;
    }
}
