package dev.millrace.tokenizer.template;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class StringMethods {
    @FunctionalInterface
    private interface Method {
        Value call(Str self, Arguments arguments, Budget budget);
    }

    private static final Set<String> WITH_KEYWORDS = Set.of("split", "rsplit", "splitlines", "expandtabs");
    private static final Map<String, Method> TABLE = table();

    private StringMethods() {}

    static @Nullable Value bound(Str self, String name) {
        Method method = TABLE.get(name);
        if (method != null) {
            return new Callable.Builtin(name, (arguments, run) -> {
                if (!WITH_KEYWORDS.contains(name)) {
                    arguments.onlyPositional(name);
                }
                return method.call(self, arguments, run.budget());
            });
        }
        return switch (name) {
            case "format" ->
                new Callable.Builtin(name, (arguments, run) -> new BraceFormat(run).apply(self, arguments));
            case "format_map" ->
                new Callable.Builtin(name, (arguments, run) -> {
                    if (!(arguments.bind(name, "mapping").required(0) instanceof Dict dict)) {
                        throw TemplateException.failed("format_map() needs a mapping");
                    }
                    Map<String, Value> named = new TreeMap<>();
                    dict.entries()
                            .forEach(entry -> named.put(
                                    Printing.text(entry.key(), run.budget()).text(), entry.value()));
                    return new BraceFormat(run).apply(self, new Arguments(List.of(), named));
                });
            default -> null;
        };
    }

    private static Map<String, Method> table() {
        Map<String, Method> table = new TreeMap<>();
        strips(table);
        splits(table);
        searches(table);
        cases(table);
        paddings(table);
        questions(table);
        return Map.copyOf(table);
    }

    private static void strips(Map<String, Method> table) {
        table.put("strip", (self, arguments, budget) -> strip(self, arguments, true, true));
        table.put("lstrip", (self, arguments, budget) -> strip(self, arguments, true, false));
        table.put("rstrip", (self, arguments, budget) -> strip(self, arguments, false, true));
        table.put("removeprefix", (self, arguments, budget) -> {
            String prefix = arguments.bind("removeprefix", "prefix").text(0, "").text();
            return self.text().startsWith(prefix)
                    ? self.slice(prefix.length(), self.text().length())
                    : self;
        });
        table.put("removesuffix", (self, arguments, budget) -> {
            String suffix = arguments.bind("removesuffix", "suffix").text(0, "").text();
            return self.text().endsWith(suffix) ? self.slice(0, self.text().length() - suffix.length()) : self;
        });
        table.put("replace", (self, arguments, budget) -> {
            Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
            bound.required(1);
            return Texts.replace(
                    self,
                    bound.text(0, "").text(),
                    Markup.within(self, bound.text(1, ""), budget),
                    bound.integer(2, -1),
                    budget);
        });
    }

    private static Value strip(Str self, Arguments arguments, boolean atStart, boolean atEnd) {
        return Texts.strip(self, characters(arguments.bind("strip", "chars").orNone(0)), atStart, atEnd);
    }

    static Optional<String> characters(Value value) {
        return switch (value) {
            case Value.None none -> Optional.empty();
            case Str text -> Optional.of(text.text());
            default -> throw TemplateException.failed("strip arg must be None or str");
        };
    }

    private static void splits(Map<String, Method> table) {
        table.put("split", (self, arguments, budget) -> split(self, arguments, false));
        table.put("rsplit", (self, arguments, budget) -> split(self, arguments, true));
        table.put(
                "splitlines",
                (self, arguments, budget) -> new Value.ListOf(Texts.lines(
                        self, arguments.bind("splitlines", "keepends").truth(0))));
        table.put(
                "partition",
                (self, arguments, budget) ->
                        Texts.partition(self, separator(arguments.bind("partition", "sep")), false));
        table.put(
                "rpartition",
                (self, arguments, budget) ->
                        Texts.partition(self, separator(arguments.bind("rpartition", "sep")), true));
        table.put(
                "join",
                (self, arguments, budget) -> Texts.join(
                        self, Iteration.of(arguments.bind("join", "iterable").required(0)), false, budget));
    }

    private static Value split(Str self, Arguments arguments, boolean fromEnd) {
        Arguments.Bound bound = arguments.bind("split", "sep", "maxsplit");
        int most = bound.integer(1, -1);
        return new Value.ListOf(
                bound.orNone(0) instanceof Value.None
                        ? Texts.splitAtSpace(self, most, fromEnd)
                        : Texts.split(self, bound.text(0, "").text(), most, fromEnd));
    }

    private static Str separator(Arguments.Bound bound) {
        Str separator = bound.text(0, "");
        if (separator.isEmpty()) {
            throw TemplateException.failed("empty separator");
        }
        return separator;
    }

    private static void searches(Map<String, Method> table) {
        table.put("startswith", (self, arguments, budget) -> {
            Arguments.Bound bound = arguments.bind("startswith", "prefix", "start", "end");
            String part = part(self, bound);
            return Value.Bool.of(affixes(bound).stream().anyMatch(part::startsWith));
        });
        table.put("endswith", (self, arguments, budget) -> {
            Arguments.Bound bound = arguments.bind("endswith", "suffix", "start", "end");
            String part = part(self, bound);
            return Value.Bool.of(affixes(bound).stream().anyMatch(part::endsWith));
        });
        table.put("find", (self, arguments, budget) -> Value.Int.of(find(self, arguments, false)));
        table.put("rfind", (self, arguments, budget) -> Value.Int.of(find(self, arguments, true)));
        table.put("index", (self, arguments, budget) -> index(self, arguments, false));
        table.put("rindex", (self, arguments, budget) -> index(self, arguments, true));
        table.put("count", (self, arguments, budget) -> {
            Arguments.Bound bound = arguments.bind("count", "sub", "start", "end");
            String part = part(self, bound);
            String wanted = bound.text(0, "").text();
            if (wanted.isEmpty()) {
                return Value.Int.of(part.codePointCount(0, part.length()) + 1L);
            }
            int count = 0;
            for (int at = part.indexOf(wanted); at >= 0; at = part.indexOf(wanted, at + wanted.length())) {
                count++;
            }
            return Value.Int.of(count);
        });
    }

    /** The part of the text that the arguments {@code start} and {@code end} speak of. */
    private static String part(Str self, Arguments.Bound bound) {
        if (!bound.has(1)) {
            return self.text();
        }
        Value part = Slicing.slice(self, bound.required(1), bound.orNone(2), Value.None.NONE);
        return ((Str) part).text();
    }

    private static List<String> affixes(Arguments.Bound bound) {
        return switch (bound.required(0)) {
            case Str text -> List.of(text.text());
            case Value.Tuple tuple ->
                tuple.items().stream()
                        .map(item -> {
                            if (item instanceof Str text) {
                                return text.text();
                            }
                            throw TemplateException.failed("a prefix or suffix must be str, not " + Types.name(item));
                        })
                        .toList();
            case Value.Undefined undefined ->
                throw TemplateException.failed("a prefix or suffix must be str: " + undefined.reason());
            default -> throw TemplateException.failed("a prefix or suffix must be str or a tuple of str");
        };
    }

    private static int find(Str self, Arguments arguments, boolean last) {
        Arguments.Bound bound = arguments.bind("find", "sub", "start", "end");
        String part = part(self, bound);
        String wanted = bound.text(0, "").text();
        int unit = last ? part.lastIndexOf(wanted) : part.indexOf(wanted);
        if (unit < 0) {
            return -1;
        }
        int start = bound.integer(1, 0);
        int skipped = start < 0 ? Math.max(0, start + self.length()) : start;
        return skipped + part.codePointCount(0, unit);
    }

    private static Value index(Str self, Arguments arguments, boolean last) {
        int found = find(self, arguments, last);
        if (found < 0) {
            throw TemplateException.failed("substring not found");
        }
        return Value.Int.of(found);
    }

    private static void cases(Map<String, Method> table) {
        table.put("upper", (self, arguments, budget) -> Texts.upper(self));
        table.put("lower", (self, arguments, budget) -> Texts.lower(self));
        table.put(
                "casefold",
                (self, arguments, budget) ->
                        self.remade(self.text().toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT)));
        table.put("capitalize", (self, arguments, budget) -> Texts.capitalize(self));
        table.put("title", (self, arguments, budget) -> Texts.title(self));
        table.put("swapcase", (self, arguments, budget) -> {
            StringBuilder swapped = new StringBuilder();
            self.text().codePoints().forEach(character -> {
                String letter = Character.toString(character);
                swapped.append(
                        Character.isUpperCase(character)
                                ? letter.toLowerCase(Locale.ROOT)
                                : letter.toUpperCase(Locale.ROOT));
            });
            return self.remade(swapped.toString());
        });
    }

    private static void paddings(Map<String, Method> table) {
        table.put("center", (self, arguments, budget) -> pad(self, arguments, true, true, budget));
        table.put("ljust", (self, arguments, budget) -> pad(self, arguments, false, true, budget));
        table.put("rjust", (self, arguments, budget) -> pad(self, arguments, true, false, budget));
        table.put("zfill", (self, arguments, budget) -> {
            int width = Numbers.index(arguments.bind("zfill", "width").required(0));
            boolean signed = self.text().startsWith("-") || self.text().startsWith("+");
            Str digits = signed ? self.slice(1, self.text().length()) : self;
            return new TextBuilder(budget)
                    .append(self, 0, signed ? 1 : 0)
                    .append(Texts.pad(digits, signed ? width - 1 : width, "0", true, false, budget))
                    .build();
        });
        table.put("expandtabs", (self, arguments, budget) -> {
            int size = arguments.bind("expandtabs", "tabsize").integer(0, 8);
            TextBuilder expanded = new TextBuilder(budget);
            int column = 0;
            for (int i = 0; i < self.text().length(); i++) {
                char unit = self.text().charAt(i);
                if (unit == '\t') {
                    int spaces = size > 0 ? size - column % size : 0;
                    expanded.repeat(" ", spaces);
                    column += spaces;
                } else {
                    expanded.append(self, i, i + 1);
                    column = unit == '\n' || unit == '\r' ? 0 : column + 1;
                }
            }
            return expanded.build();
        });
    }

    private static Value pad(Str self, Arguments arguments, boolean before, boolean after, Budget budget) {
        Arguments.Bound bound = arguments.bind("just", "width", "fillchar");
        Str fill = bound.text(1, " ");
        if (fill.length() != 1) {
            throw TemplateException.failed("the fill character must be exactly one character long");
        }
        return Texts.pad(self, Numbers.index(bound.required(0)), fill.text(), before, after, budget);
    }

    private static void questions(Map<String, Method> table) {
        all(table, "isdigit", character -> Character.isDigit(character) || isSuperscript(character));
        all(table, "isdecimal", Character::isDigit);
        all(table, "isnumeric", StringMethods::isNumeric);
        all(table, "isalpha", Character::isLetter);
        all(table, "isalnum", Character::isLetterOrDigit);
        all(table, "isspace", Python::isSpace);
        table.put(
                "isascii",
                (self, arguments, budget) -> Value.Bool.of(self.text().chars().allMatch(unit -> unit < 128)));
        table.put(
                "isprintable",
                (self, arguments, budget) ->
                        Value.Bool.of(self.text().codePoints().allMatch(Python::isPrintable)));
        table.put(
                "isidentifier",
                (self, arguments, budget) -> Value.Bool.of(!self.isEmpty()
                        && !Character.isDigit(self.text().codePointAt(0))
                        && self.text().codePoints().allMatch(Python::isWord)));
        table.put("isupper", (self, arguments, budget) -> Value.Bool.of(isUpper(self.text())));
        table.put("islower", (self, arguments, budget) -> Value.Bool.of(isLower(self.text())));
        table.put(
                "istitle",
                (self, arguments, budget) ->
                        Value.Bool.of(self.text().codePoints().anyMatch(Texts::isCased)
                                && Texts.title(self).equals(self)));
    }

    private static boolean isNumeric(int character) {
        int type = Character.getType(character);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER
                || "一二三四五六七八九十百千万億兆零〇".indexOf(character) >= 0;
    }

    private static boolean isSuperscript(int character) {
        return "²³¹⁰⁴⁵⁶⁷⁸⁹".indexOf(character) >= 0;
    }

    private static void all(Map<String, Method> table, String name, IntPredicate question) {
        table.put(
                name,
                (self, arguments, budget) -> Value.Bool.of(
                        !self.isEmpty() && self.text().codePoints().allMatch(question)));
    }

    static boolean isUpper(String text) {
        return text.codePoints().anyMatch(Texts::isCased)
                && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    static boolean isLower(String text) {
        return text.codePoints().anyMatch(Texts::isCased)
                && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }
}
