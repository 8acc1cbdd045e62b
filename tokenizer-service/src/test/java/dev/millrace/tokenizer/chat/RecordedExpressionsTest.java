package dev.millrace.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.tokenizer.template.Template;
import dev.millrace.tokenizer.template.TemplateException;
import dev.millrace.tokenizer.template.Value;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Renders templates of one construct each and compares with jinja2; src/test/python/expressions.py has them. */
class RecordedExpressionsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-02-03T04:05:06Z"), ZoneOffset.UTC);

    @Test
    void every_construct_means_what_it_means_to_jinja() throws IOException {
        List<String> differing = new ArrayList<>();
        int count = 0;
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(RecordedTemplatesTest.resource("expressions.jsonl"), StandardCharsets.UTF_8))) {
            JsonNode context = JSON.readTree(lines.readLine()).get("context");
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode recorded = JSON.readTree(line);
                String template = recorded.get("template").asString();
                String expected =
                        recorded.has("text") ? "text: " + recorded.get("text").asString() : "fails";
                String rendered = outcome(template, RecordedTemplatesTest.variables(context));
                count++;
                if (!rendered.equals(expected) && !(expected.equals("fails") && rendered.startsWith("fails"))) {
                    differing.add("%s%n  expected %s%n  rendered %s".formatted(template, expected, rendered));
                }
            }
        }
        System.out.printf("%d constructs: %d differ%n", count, differing.size());
        assertThat(count).isGreaterThan(900);
        assertThat(differing).as(String.join("\n", differing)).isEmpty();
    }

    private static String outcome(String template, Map<String, Value> variables) {
        try {
            return "text: "
                    + Template.compile(template).render(variables, CLOCK).text();
        } catch (TemplateException e) {
            return "fails: " + e.getMessage();
        }
    }
}
