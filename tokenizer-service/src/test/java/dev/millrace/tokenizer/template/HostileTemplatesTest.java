package dev.millrace.tokenizer.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.tokenizer.template.TemplateException.Kind;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A template comes with a model file from a stranger: whatever it holds, it ends, and ends in a TemplateException. */
class HostileTemplatesTest {
    private static final Clock CLOCK = Clock.systemUTC();
    private static final String GROW =
            "{% set ns = namespace(x=SEED) %}{% for i in range(60) %}{% set ns.x = STEP %}{% endfor %}";
    private static final List<String> PIECES = List.of(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "-",
            "+",
            "*",
            "**",
            "/",
            "//",
            "%",
            "~",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ":",
            ",",
            ".",
            "|",
            "=",
            "==",
            "<",
            ">=",
            " ",
            "\n",
            "'",
            "\"",
            "a",
            "b",
            "s",
            "l",
            "d",
            "ns",
            "loop",
            "'x'",
            "0",
            "1",
            "-1",
            "2.5",
            "99999999999",
            "1e308",
            "none",
            "true",
            " in ",
            " not ",
            " is ",
            " and ",
            " or ",
            " if ",
            " else ",
            "for ",
            "endfor",
            "if ",
            "endif",
            "elif ",
            "else",
            "set ",
            "endset",
            "macro ",
            "endmacro",
            "call ",
            "endcall",
            "filter ",
            "endfilter",
            "with ",
            "endwith",
            "raw",
            "endraw",
            "break",
            "continue",
            "recursive",
            "generation",
            "endgeneration",
            "namespace(",
            "range(",
            "m(",
            "loop(",
            "caller()",
            "dict(",
            "|length",
            "|list",
            "|join",
            "|map('upper')",
            "|tojson",
            "|sort",
            "|first",
            "|default",
            "|int",
            "|round",
            "|indent",
            "|replace('a','b')",
            "|selectattr('a')",
            "|batch(2)",
            "|string",
            "|reverse",
            "|items",
            ".split()",
            ".items()",
            ".format(",
            ".get(",
            "[::-1]",
            "[1:]",
            "defined",
            "string",
            "{{ a }}",
            "{% if a %}",
            "{% endif %}",
            "{% for x in l %}",
            "{% endfor %}",
            "{% set a = 1 %}",
            "%s",
            "{0}",
            "\\",
            "\uD800",
            "👋");

    private static Str render(String template, Limits limits) {
        Map<String, Value> variables = new HashMap<>();
        variables.put("a", Str.foreign("banana"));
        variables.put("b", Value.Int.of(7));
        variables.put("l", new Value.ListOf(List.of(Value.Int.of(1), Str.of("x"), Value.None.NONE)));
        variables.put("d", Dict.builder().put("k", Value.Int.of(1)).build());
        return Template.compile(template, limits).render(variables, CLOCK);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
                "{{ 'x' * 1000000000 }}",
                "{{ [1] * 1000000000 }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{{ caller() }}{% endmacro %}{% macro n() %}{% call m() %}{{ n() }}{% endcall %}{%"
                        + " endmacro %}{{ n() }}",
                "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{{ range(100001) }}",
                "{{ 10 ** 1000000000 }}",
                "{{ 'a'.ljust(1000000000) }}",
                "{{ 'a' | center(1000000000) }}",
                "{{ 'a' | indent(1000000000, true) }}",
                "{{ '%1000000000d' % 1 }}",
                "{{ '%.1000000000f' % 1.5 }}",
                "{{ '{:1000000000}'.format(1) }}",
                "{{ 'a\tb'.expandtabs(1000000000) }}",
                "{{ [[]] | tojson(indent=1000000000) }}",
                "{{ [1] | batch(1000000000, 'x') | list }}",
                "{{ [1] | slice(1000000000) | list }}",
                "{{ ('a' * 60000000) | list }}",
                "{{ ('a ' * 30000000).split() }}",
                "{{ ('a\n' * 30000000).splitlines() }}",
                "{{ ('a,' * 30000000).split(',') }}",
                "{{ ('aa' * 1000000) | replace('a', 'x' * 1000000) }}",
                "{{ ('x' * 1000000) | join('y' * 1000000) }}"
            })
    void work_without_end_is_stopped_at_a_limit(String template) {
        assertThatThrownBy(() -> render(template, Limits.DEFAULT))
                .isInstanceOfSatisfying(TemplateException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.LIMIT);
                    assertThat(e.line()).isEqualTo(1);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ns.x, ns.x]|{{ ns.x }}",
                "[ns.x, ns.x]|{{ ns.x | tojson }}",
                "[ns.x, ns.x]|{% set other = namespace(x=[1]) %}{% for i in range(60) %}{% set other.x = [other.x,"
                        + " other.x] %}{% endfor %}{{ ns.x == other.x }}",
                "(ns.x, ns.x)|{{ {ns.x: 1} }}",
                "(ns.x, ns.x)|{{ [ns.x] | unique | list }}",
                "ns.x + ns.x|{{ ns.x }}",
                "ns.x ~ ns.x ~ 'x'|{{ ns.x }}",
                "[ns.x, ns.x]|{{ ns.x | string }}"
            })
    void what_doubles_at_each_turn_is_stopped_at_a_limit(String stepAndUse) {
        String[] parts = stepAndUse.split("\\|", 2);
        String template =
                GROW.replace("SEED", parts[0].startsWith("(") ? "(1,)" : "[1]").replace("STEP", parts[0]);
        assertThatThrownBy(() -> render(template + parts[1], Limits.DEFAULT))
                .isInstanceOfSatisfying(
                        TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "[",
                "{",
                "{'a':",
                "not ",
                "-",
                "a if b else ",
                "a[",
                "a(",
                "a.b|default(",
                "a ~ (",
                "a < (",
                "1 ** (",
                "a is eq ["
            })
    void expressions_nested_a_hundred_thousand_deep_are_refused(String opening) {
        assertThatThrownBy(() -> render("{{ " + opening.repeat(100_000), Limits.DEFAULT))
                .isInstanceOf(TemplateException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if 1 %}",
                "{% for i in [1] %}",
                "{% with %}",
                "{% filter upper %}",
                "{% macro m() %}",
                "{% set x %}",
                "{% raw %}"
            })
    void blocks_nested_a_hundred_thousand_deep_are_refused(String opening) {
        assertThatThrownBy(() -> render(opening.repeat(100_000), Limits.DEFAULT))
                .isInstanceOf(TemplateException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {" + 1", " ~ 1", " and 1", "|abs", ".a", " if 1 else 2", " * 1", " < 2", "[0]"})
    void chains_of_a_hundred_thousand_links_end(String link) {
        try {
            assertThat(render("{{ 1" + link.repeat(100_000) + " }}", Limits.DEFAULT)
                            .text())
                    .isNotNull();
        } catch (TemplateException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Test
    void whatever_is_thrown_together_renders_or_is_refused() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Limits limits = new Limits(20_000, 100_000, 50);
        int rendered = 0;
        for (int i = 0; i < 60_000; i++) {
            StringBuilder template = new StringBuilder();
            for (int length = 1 + random.nextInt(14); length > 0; length--) {
                template.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            if (random.nextBoolean()) {
                template.insert(0, "{{ ").append(" }}");
            }
            rendered += rendersOrIsRefused(template.toString(), limits);
        }
        assertThat(rendered).isPositive();
    }

    private static int rendersOrIsRefused(String template, Limits limits) {
        try {
            render(template, limits);
            return 1;
        } catch (TemplateException e) {
            return 0;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("not refused but failed: " + template, e);
        }
    }
}
