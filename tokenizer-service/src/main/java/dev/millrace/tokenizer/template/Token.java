package dev.millrace.tokenizer.template;

/**
 * A piece of a template.
 *
 * @param text the template's words: for a string what it means, for a number its digits, for an operator its sign
 * @param line from 1
 */
record Token(Type type, String text, int line) {
    enum Type {
        DATA("template data"),
        VARIABLE_BEGIN("{{"),
        VARIABLE_END("}}"),
        BLOCK_BEGIN("{%"),
        BLOCK_END("%}"),
        NAME("name"),
        STRING("string"),
        INTEGER("integer"),
        REAL("float"),
        OPERATOR("operator"),
        END("end of the template");

        private final String description;

        Type(String description) {
            this.description = description;
        }

        String description() {
            return description;
        }
    }

    boolean isName(String name) {
        return type == Type.NAME && text.equals(name);
    }

    boolean isOperator(String sign) {
        return type == Type.OPERATOR && text.equals(sign);
    }

    /** How a message names it. */
    String description() {
        return switch (type) {
            case NAME, OPERATOR, INTEGER, REAL -> "'" + text + "'";
            default -> type.description();
        };
    }
}
