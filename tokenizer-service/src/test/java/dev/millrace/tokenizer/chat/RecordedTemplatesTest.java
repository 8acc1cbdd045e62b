package dev.millrace.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import dev.millrace.tokenizer.template.Str;
import dev.millrace.tokenizer.template.Template;
import dev.millrace.tokenizer.template.TemplateException;
import dev.millrace.tokenizer.template.Value;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Renders real templates and compares with what transformers rendered; src/test/python/chat_templates.py recorded it. */
class RecordedTemplatesTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-02-03T04:05:06Z"), ZoneOffset.UTC);

    @Test
    void every_real_template_renders_every_conversation_as_transformers_does() throws IOException {
        Map<String, Template> templates = new LinkedHashMap<>();
        sources().forEach((name, source) -> templates.put(name, Template.compile(source)));
        JsonNode conversations = JSON.readTree(resource("conversations.json"));
        int pairs = 0;
        int texts = 0;
        List<String> differing = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(resource("rendered.jsonl.gz")), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode recorded = JSON.readTree(line);
                String pair = recorded.get("template").asString() + " / "
                        + recorded.get("conversation").asString();
                String expected = expected(recorded);
                Template template = Objects.requireNonNull(
                        templates.get(recorded.get("template").asString()));
                String rendered = outcome(
                        template, conversations.get(recorded.get("conversation").asString()));
                pairs++;
                texts += recorded.has("text") ? 1 : 0;
                if (!rendered.equals(expected)) {
                    differing.add(pair + "\n" + difference(expected, rendered));
                }
            }
        }
        System.out.printf(
                "%d templates, %d conversations, %d pairs, of which %d render and the others are refused: %d differ%n",
                templates.size(), conversations.size(), pairs, texts, differing.size());
        assertThat(templates).hasSizeGreaterThanOrEqualTo(60);
        assertThat(conversations.size()).isGreaterThanOrEqualTo(20);
        assertThat(pairs).isEqualTo(templates.size() * conversations.size());
        if (!differing.isEmpty()) {
            fail(differing.size() + " differ:\n"
                    + String.join("\n", differing.subList(0, Math.min(40, differing.size()))));
        }
    }

    /** What a template refuses with words of its own must come in the same words; of other failures the words are free. */
    private static String expected(JsonNode recorded) {
        if (recorded.has("text")) {
            return "text: " + recorded.get("text").asString();
        }
        return recorded.get("error").asString().equals("TemplateError")
                ? "raised: " + recorded.get("message").asString()
                : "failed";
    }

    private static String outcome(Template template, JsonNode conversation) {
        try {
            boolean goOn = conversation.path("continue_final_message").asBoolean(false);
            Map<String, Value> variables = variables(conversation);
            if (goOn) {
                return "text: " + OpenEnd.render(template, variables, CLOCK).text();
            }
            return "text: " + template.render(variables, CLOCK).text();
        } catch (TemplateException e) {
            return e.kind() == TemplateException.Kind.RAISED ? "raised: " + e.reason() : "failed";
        } catch (OpenEnd.NotFoundException e) {
            return "failed";
        }
    }

    static Map<String, Value> variables(JsonNode conversation) {
        Map<String, Value> variables = new HashMap<>();
        variables.put("tools", Value.None.NONE);
        variables.put("documents", Value.None.NONE);
        variables.put("add_generation_prompt", Value.Bool.FALSE);
        variables.put("bos_token", Str.of("<s>"));
        variables.put("eos_token", Str.of("</s>"));
        variables.put("unk_token", Str.of("<unk>"));
        variables.put("pad_token", Str.of("<pad>"));
        for (Map.Entry<String, JsonNode> entry : conversation.properties()) {
            if (!entry.getKey().equals("continue_final_message")) {
                variables.put(entry.getKey(), JsonReader.read(entry.getValue().toString()));
            }
        }
        variables.computeIfPresent("messages", (name, messages) -> Reasoning.aliased((Value.ListOf) messages));
        variables.putIfAbsent("messages", new Value.ListOf(java.util.List.of()));
        return variables;
    }

    static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        try (ZipInputStream archive = new ZipInputStream(resource("templates.zip"))) {
            for (ZipEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                sources.put(entry.getName(), new String(archive.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return sources;
    }

    static InputStream resource(String name) {
        return Objects.requireNonNull(RecordedTemplatesTest.class.getResourceAsStream("/chat/" + name), name);
    }

    private static String difference(String expected, String rendered) {
        int at = 0;
        while (at < Math.min(expected.length(), rendered.length()) && expected.charAt(at) == rendered.charAt(at)) {
            at++;
        }
        return "  at " + at + "\n  expected: " + around(expected, at) + "\n  rendered: " + around(rendered, at);
    }

    private static String around(String text, int at) {
        return text.substring(Math.max(0, at - 40), Math.min(text.length(), at + 80))
                .replace("\n", "\\n");
    }
}
