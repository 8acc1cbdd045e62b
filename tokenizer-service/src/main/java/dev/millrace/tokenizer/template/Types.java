package dev.millrace.tokenizer.template;

/** What Python calls a value's type, for messages. */
final class Types {
    private Types() {}

    static String name(Value value) {
        return switch (value) {
            case Value.Bool bool -> "bool";
            case Value.None none -> "NoneType";
            case Value.Undefined undefined -> "Undefined";
            case Str text -> "str";
            case Value.Int number -> "int";
            case Value.Real number -> "float";
            case Value.ListOf list -> "list";
            case Value.Tuple tuple -> "tuple";
            case Value.Range range -> "range";
            case Dict dict -> "dict";
            case DictView view ->
                switch (view.part()) {
                    case KEYS -> "dict_keys";
                    case VALUES -> "dict_values";
                    case ITEMS -> "dict_items";
                };
            case Value.Once once -> once.description();
            case Namespace namespace -> "Namespace";
            case Callable callable -> callable.description();
        };
    }
}
