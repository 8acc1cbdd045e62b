package dev.millrace.tokenizer.template;

/** Python's {@code bool()}. */
final class Truth {
    private Truth() {}

    static boolean of(Value value) {
        return switch (value) {
            case Value.Bool bool -> bool == Value.Bool.TRUE;
            case Value.None none -> false;
            case Value.Undefined undefined -> false;
            case Str text -> !text.isEmpty();
            case Value.Int number -> number.number().signum() != 0;
            case Value.Real number -> number.number() != 0;
            case Value.ListOf list -> !list.items().isEmpty();
            case Value.Tuple tuple -> !tuple.items().isEmpty();
            case Value.Range range -> range.size() > 0;
            case Dict dict -> dict.size() > 0;
            case DictView view -> view.dict().size() > 0;
            case Value.Once once -> true;
            case Namespace namespace -> true;
            case Callable callable -> true;
        };
    }
}
