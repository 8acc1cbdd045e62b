package dev.millrace.tokenizer.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.PrimitiveIterator;
import java.util.stream.IntStream;

/** Python's {@code iter()}, {@code len()} and {@code list()}. */
final class Iteration {
    private Iteration() {}

    static boolean possible(Value value) {
        return switch (value) {
            case Str text -> true;
            case Value.ListOf list -> true;
            case Value.Tuple tuple -> true;
            case Value.Range range -> true;
            case Value.Once once -> true;
            case Value.Undefined undefined -> true;
            case Dict dict -> true;
            case DictView view -> true;
            case Value.None none -> false;
            case Value.Bool bool -> false;
            case Value.Int number -> false;
            case Value.Real number -> false;
            case Namespace namespace -> false;
            case Callable callable -> callable instanceof LoopContext;
        };
    }

    static Iterator<Value> of(Value value) {
        return switch (value) {
            case Str text -> characters(text);
            case Value.ListOf list -> list.items().iterator();
            case Value.Tuple tuple -> tuple.items().iterator();
            case Value.Range range -> numbers(range);
            case Value.Once once -> once.rest();
            case Value.Undefined undefined -> Collections.emptyIterator();
            case Dict dict -> dict.keys().iterator();
            case DictView view -> view.items().iterator();
            default -> throw TemplateException.failed("'" + Types.name(value) + "' object is not iterable");
        };
    }

    static List<Value> list(Value value) {
        return switch (value) {
            case Value.ListOf list -> list.items();
            case Value.Tuple tuple -> tuple.items();
            default -> {
                List<Value> items = new ArrayList<>();
                Iterator<Value> rest = of(value);
                while (rest.hasNext()) {
                    items.add(rest.next());
                    Budget.checkPieces(items.size());
                }
                yield items;
            }
        };
    }

    static OptionalInt length(Value value) {
        return switch (value) {
            case Str text -> OptionalInt.of(text.length());
            case Value.ListOf list -> OptionalInt.of(list.items().size());
            case Value.Tuple tuple -> OptionalInt.of(tuple.items().size());
            case Value.Range range -> OptionalInt.of(range.size());
            case Value.Undefined undefined -> OptionalInt.of(0);
            case Dict dict -> OptionalInt.of(dict.size());
            case DictView view -> OptionalInt.of(view.dict().size());
            case LoopContext loop -> OptionalInt.of(loop.length());
            default -> OptionalInt.empty();
        };
    }

    private static Iterator<Value> characters(Str text) {
        return new Iterator<>() {
            private int unit;

            @Override
            public boolean hasNext() {
                return unit < text.text().length();
            }

            @Override
            public Value next() {
                int end = unit + Character.charCount(text.text().codePointAt(unit));
                Str character = text.slice(unit, end);
                unit = end;
                return character;
            }
        };
    }

    private static Iterator<Value> numbers(Value.Range range) {
        PrimitiveIterator.OfInt indices = IntStream.range(0, range.size()).iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return indices.hasNext();
            }

            @Override
            public Value next() {
                return range.at(indices.nextInt());
            }
        };
    }
}
