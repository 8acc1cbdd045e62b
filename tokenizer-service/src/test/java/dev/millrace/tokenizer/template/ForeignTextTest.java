package dev.millrace.tokenizer.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which characters of a rendered text are known to have come from outside the template. */
class ForeignTextTest {
    private static final Clock CLOCK = Clock.systemUTC();

    /** The rendered text with each foreign range in angle brackets. */
    private static String marked(String template, String typed) {
        Map<String, Value> variables = Map.of(
                "u",
                Str.foreign(typed),
                "d",
                Dict.builder().put(Str.foreign("k"), Str.foreign(typed)).build(),
                "l",
                new Value.ListOf(List.of(Str.foreign(typed), Str.of("own"))));
        Str rendered = Template.compile(template).render(variables, CLOCK);
        StringBuilder marked = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < rendered.text().length(); i++) {
            boolean foreign = rendered.foreign().touch(i, i + 1);
            if (foreign != inside) {
                marked.append(foreign ? '<' : '>');
            }
            inside = foreign;
            marked.append(rendered.text().charAt(i));
        }
        return marked.append(inside ? ">" : "").toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            ignoreLeadingAndTrailingWhitespace = true,
            value = {
                "a{{ u }}b                                                  # a<Xy z>b",
                "{{ 'a' + u + 'b' }}                                        # a<Xy z>b",
                "{{ 'a' ~ u ~ 1 }}                                          # a<Xy z>1",
                "{{ (u ~ 'abc')[2:6] }}                                     # < z>ab",
                "{{ (u ~ 'abc')[::-1] }}                                    # cba<z yX>",
                "{{ (u ~ 'abc')[0] }}{{ (u ~ 'abc')[-1] }}                  # <X>c",
                "{{ ('  ' ~ u ~ ' ') | trim }}!                             # <Xy z>!",
                "{{ (u ~ '|a').split('|') | join('-') }}                    # <Xy z>-a",
                "{{ (u ~ ' a').split() | join('+') }}                       # <Xy>+<z>+a",
                "{{ 'a_b' | replace('_', u) }}                              # a<Xy z>b",
                "{{ u | replace(' ', '_') }}                                # <Xy>_<z>",
                "{{ (u ~ 'q') | upper }}                                    # <XY Z>Q",
                "{{ ['p', u] }}                                             # ['p', '<Xy z>']",
                "{{ d }}                                                    # {'<k>': '<Xy z>'}",
                "{{ d | tojson }}                                           # {\"<k>\": \"<Xy z>\"}",
                "{{ l | join('/') }}                                        # <Xy z>/own",
                "{{ l | first }}{{ l | last }}                              # <Xy z>own",
                "{{ '%s=%5s' % (u, 'x') }}                                  # <Xy z>=    x",
                "{{ '{}={}'.format(u, 1) }}                                 # <Xy z>=1",
                "{% set x %}a{{ u }}{% endset %}{{ x }}                     # a<Xy z>",
                "{% macro m(v) %}[{{ v }}]{% endmacro %}{{ m(u) }}          # [<Xy z>]",
                "{% macro m() %}({{ caller() }}){% endmacro %}{% call m() %}c{{ u }}{% endcall %} # (c<Xy z>)",
                "{% filter upper %}a{{ u }}b{% endfilter %}                 # A<XY Z>B",
                "{% for c in u[:2] %}{{ c }},{% endfor %}                   # <X>,<y>,",
                "{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}     # <k>=<Xy z>",
                "{{ u | e }}{{ 'a' }}                                       # <Xy z>a",
                "{{ u.center(8, '*') }}                                     # **<Xy z>**",
                "{{ u | capitalize }}{{ u | title }}                        # <Xy zXy Z>",
                "{{ u | length }}{{ u in 'a' }}{{ u == 'Xy z' }}            # 4FalseTrue",
                "{{ u if u is string else 'own' }}                          # <Xy z>",
                "{{ undefined | default(u) }}                               # <Xy z>"
            })
    void every_operation_keeps_the_origin_of_each_character(String template, String expected) {
        assertThat(marked(template, "Xy z")).isEqualTo(expected);
    }

    @Test
    void a_change_that_loses_track_of_characters_makes_the_whole_text_foreign() {
        assertThat(marked("{{ ('a' ~ u) | upper }}", "ß")).isEqualTo("<ASS>");
    }

    @Test
    void indentation_is_the_template_s_own() {
        assertThat(marked("{{ u | indent(1) }}", "a\nb")).isEqualTo("<a>\n <b>");
    }

    @Test
    void escapes_of_a_foreign_character_are_foreign() {
        assertThat(marked("{{ u | tojson }}", "a\n\"")).isEqualTo("\"<a\\n\\\">\"");
        assertThat(marked("{{ [u] }}", "\n\uE000")).isEqualTo("['<\\n\\ue000>']");
    }

    @Test
    void texts_are_equal_wherever_they_came_from() {
        assertThat(Str.foreign("a")).isEqualTo(Str.of("a")).hasSameHashCodeAs(Str.of("a"));
    }

    @Test
    void slices_of_spans_hold_exactly_what_lies_within() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            boolean[] foreign = new boolean[1 + random.nextInt(30)];
            Spans.Builder builder = new Spans.Builder();
            for (int i = 0; i < foreign.length; i++) {
                foreign[i] = random.nextInt(3) > 0;
                builder.add(i, foreign[i] ? i + 1 : i);
            }
            int from = random.nextInt(foreign.length);
            int to = from + random.nextInt(foreign.length - from + 1);
            Spans spans = builder.build();
            Spans slice = spans.slice(from, to);
            boolean any = false;
            for (int i = from; i < to; i++) {
                assertThat(slice.touch(i - from, i - from + 1)).isEqualTo(foreign[i]);
                any |= foreign[i];
            }
            assertThat(spans.touch(from, to)).isEqualTo(any);
            assertThat(slice.isEmpty()).isEqualTo(!any);
        }
    }
}
