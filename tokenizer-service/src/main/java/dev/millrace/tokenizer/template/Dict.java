package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Python's {@code dict}: keeps the order in which keys came, and takes 1, 1.0 and True for one key. */
public final class Dict implements Value {
    static final Dict EMPTY = new Builder().build();

    private final Map<Object, Entry> entries;

    private Dict(Map<Object, Entry> entries) {
        this.entries = entries;
    }

    record Entry(Value key, Value value) {
        Tuple pair() {
            return Tuple.of(key, value);
        }
    }

    @Nullable Value find(Value key) {
        Entry entry = entries.get(identity(key));
        return entry == null ? null : entry.value();
    }

    @Nullable Value find(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.value();
    }

    /** Goes through the entries whose keys are texts. */
    public void forEach(BiConsumer<String, Value> action) {
        for (Entry entry : entries.values()) {
            if (entry.key() instanceof Str name) {
                action.accept(name.text(), entry.value());
            }
        }
    }

    /** The value of a key, if there is one. */
    public Optional<Value> get(String key) {
        return Optional.ofNullable(find(key));
    }

    int size() {
        return entries.size();
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    List<Value> keys() {
        List<Value> keys = new ArrayList<>(entries.size());
        entries.values().forEach(entry -> keys.add(entry.key()));
        return keys;
    }

    /** What Python's hash and equality see of a key: texts without their origin, numbers without their type. */
    static Object identity(Value key) {
        return key instanceof Tuple tuple ? new Identities().of(tuple) : simpleIdentity(key);
    }

    private static Object simpleIdentity(Value key) {
        return switch (key) {
            case Str text -> text.text();
            case ListOf list -> throw unhashable("list");
            case Dict dict -> throw unhashable("dict");
            case Bool bool -> Numbers.identity(bool);
            case Int number -> Numbers.identity(number);
            case Real number -> Numbers.identity(number);
            default -> key;
        };
    }

    /** Tuples within tuples: thirty levels of pairs, each the same tuple twice, would be a billion items. */
    private static final class Identities {
        private static final int MOST = 10_000;

        private int count;

        Object of(Value key) {
            if (++count > MOST) {
                throw TemplateException.limit("a key of more than " + MOST + " values");
            }
            return key instanceof Tuple tuple
                    ? tuple.items().stream().map(this::of).toList()
                    : simpleIdentity(key);
        }
    }

    private static TemplateException unhashable(String type) {
        return TemplateException.failed("unhashable type: '" + type + "'");
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Puts a dict together; a key that comes again keeps its first place and takes the last value. */
    public static final class Builder {
        private final Map<Object, Entry> entries = new LinkedHashMap<>();

        private Builder() {}

        public Builder put(String key, Value value) {
            return put(Str.of(key), value);
        }

        public Builder put(Value key, Value value) {
            Object identity = identity(key);
            Entry earlier = entries.get(identity);
            entries.put(identity, new Entry(earlier == null ? key : earlier.key(), value));
            return this;
        }

        public Builder putAll(Dict other) {
            other.entries().forEach(entry -> put(entry.key(), entry.value()));
            return this;
        }

        public Dict build() {
            return new Dict(entries);
        }
    }
}
