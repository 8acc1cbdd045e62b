package dev.millrace.tokenizer.template;

import java.util.Iterator;
import java.util.List;

/** Python's {@code ==}, {@code <} and {@code in}. */
final class Comparison {
    enum Operator {
        EQUAL("=="),
        NOT_EQUAL("!="),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">="),
        IN("in"),
        NOT_IN("not in");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }
    }

    private Comparison() {}

    static boolean holds(Operator operator, Value left, Value right) {
        return switch (operator) {
            case EQUAL -> equal(left, right);
            case NOT_EQUAL -> !equal(left, right);
            case IN -> contains(right, left);
            case NOT_IN -> !contains(right, left);
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> ordered(operator, left, right);
        };
    }

    static boolean equal(Value left, Value right) {
        return new Equality().of(left, right);
    }

    private static boolean isNan(Value value) {
        return value instanceof Value.Real real && Double.isNaN(real.number());
    }

    /** Lists within lists: thirty levels, each the same list twice, would be a billion items to compare. */
    private static final class Equality {
        private static final int MOST = 1_000_000;

        private int count;

        boolean of(Value left, Value right) {
            if (++count > MOST) {
                throw TemplateException.limit("a comparison of more than " + MOST + " values");
            }
            if (Numbers.is(left) && Numbers.is(right)) {
                return !isNan(left) && !isNan(right) && Numbers.compare(left, right) == 0;
            }
            return switch (left) {
                case Value.ListOf list -> right instanceof Value.ListOf other && of(list.items(), other.items());
                case Value.Tuple tuple -> right instanceof Value.Tuple other && of(tuple.items(), other.items());
                case Dict dict -> right instanceof Dict other && of(dict, other);
                case Value.Range range ->
                    right instanceof Value.Range other && of(Iteration.list(range), Iteration.list(other));
                default -> left.equals(right);
            };
        }

        private boolean of(List<Value> left, List<Value> right) {
            if (left.size() != right.size()) {
                return false;
            }
            Iterator<Value> others = right.iterator();
            for (Value item : left) {
                if (!of(item, others.next())) {
                    return false;
                }
            }
            return true;
        }

        private boolean of(Dict left, Dict right) {
            if (left.size() != right.size()) {
                return false;
            }
            for (Dict.Entry entry : left.entries()) {
                Value other = right.find(entry.key());
                if (other == null || !of(entry.value(), other)) {
                    return false;
                }
            }
            return true;
        }
    }

    static boolean contains(Value container, Value item) {
        return switch (container) {
            case Str text -> {
                if (!(item instanceof Str part)) {
                    throw TemplateException.failed(
                            "'in <string>' requires string as left operand, not " + Types.name(item));
                }
                yield text.text().contains(part.text());
            }
            case Dict dict -> dict.find(item) != null;
            case DictView view
            when view.part() == DictView.Part.KEYS -> view.dict().find(item) != null;
            case Value.None none -> throw notIterable(container);
            case Value.Bool bool -> throw notIterable(container);
            case Value.Int number -> throw notIterable(container);
            case Value.Real number -> throw notIterable(container);
            default -> {
                Iterator<Value> items = Iteration.of(container);
                while (items.hasNext()) {
                    if (equal(items.next(), item)) {
                        yield true;
                    }
                }
                yield false;
            }
        };
    }

    private static TemplateException notIterable(Value container) {
        return TemplateException.failed("argument of type '" + Types.name(container) + "' is not iterable");
    }

    private static boolean ordered(Operator operator, Value left, Value right) {
        if (isNan(left) || isNan(right)) {
            return false;
        }
        int order = compare(operator, left, right);
        return switch (operator) {
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
            case GREATER -> order > 0;
            default -> order >= 0;
        };
    }

    /** The order in which {@code sort} puts two values. */
    static int compare(Value left, Value right) {
        return compare(Operator.LESS, left, right);
    }

    private static int compare(Operator operator, Value left, Value right) {
        if (Numbers.is(left) && Numbers.is(right)) {
            return Numbers.compare(left, right);
        }
        if (left instanceof Str one && right instanceof Str other) {
            return compare(one.text(), other.text());
        }
        if (left instanceof Value.ListOf one && right instanceof Value.ListOf other) {
            return compare(operator, one.items(), other.items());
        }
        if (left instanceof Value.Tuple one && right instanceof Value.Tuple other) {
            return compare(operator, one.items(), other.items());
        }
        for (Value side : List.of(left, right)) {
            if (side instanceof Value.Undefined undefined) {
                throw undefined.failure();
            }
        }
        throw TemplateException.failed("'" + operator.sign + "' not supported between instances of '" + Types.name(left)
                + "' and '" + Types.name(right) + "'");
    }

    private static int compare(Operator operator, List<Value> left, List<Value> right) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(left.get(i), right.get(i))) {
                return compare(operator, left.get(i), right.get(i));
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    /** By characters: Java's own order goes by UTF-16 units, and puts emoji before U+E000. */
    static int compare(String left, String right) {
        for (int i = 0; i < Math.min(left.length(), right.length()); i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean surrogates = Character.isSurrogate(a) && Character.isSurrogate(b);
                return surrogates || !(Character.isSurrogate(a) || Character.isSurrogate(b))
                        ? Character.compare(a, b)
                        : Integer.compare(left.codePointAt(i), right.codePointAt(i));
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
