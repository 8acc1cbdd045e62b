package dev.millrace.standalone.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Answers a question from documents, and says of each sentence what they say. */
@Command(
        name = "ask",
        mixinStandardHelpOptions = true,
        description = {
            "Answers a question from the documents of a vector store, then says of each sentence of the answer whether they"
                    + " support it, and where.",
            "What they don't say is said to be missing."
        },
        footer = {"", "Example: ./millrace docs ask \"How much grease does the bearing need?\""})
final class DocsAsk implements Callable<Integer> {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Session session;

    @Mixin
    private Docs.Store store = new Docs.Store();

    @Parameters(paramLabel = "QUESTION", description = "What is to be answered.")
    private String question = "";

    @Option(names = "--model", paramLabel = "NAME", description = "Which of the served models (default: the first).")
    private Optional<String> model = Optional.empty();

    @Option(names = "--json", description = "The whole response as JSON.")
    private boolean json;

    DocsAsk(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        DocsClient client = DocsClient.of(session);
        String id = client.requiredStore(store.name);
        String served = Connection.open(session, model).choose(model).name();
        ObjectNode body = JSON.createObjectNode()
                .put("model", served)
                .put("input", question)
                .put("stream", true)
                .put("store", false);
        body.putArray("tools")
                .addObject()
                .put("type", "file_search")
                .putArray("vector_store_ids")
                .add(id);
        HttpURLConnection connection = client.stream("/v1/responses", body);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            JsonNode response = read(lines);
            if (json) {
                session.out().println(response.toPrettyString());
            } else {
                session.out().println();
                report(response);
            }
        } catch (JacksonException e) {
            throw new IOException("the gateway's answer can't be read: " + e.getOriginalMessage(), e);
        }
        return 0;
    }

    /** Shows the text as it comes; answers with the response as it is in the end. */
    private JsonNode read(BufferedReader lines) throws IOException, Unable {
        String line;
        while ((line = lines.readLine()) != null) {
            if (!line.startsWith("data:") || line.endsWith("[DONE]")) {
                continue;
            }
            JsonNode event = JSON.readTree(line.substring("data:".length()));
            switch (event.path("type").asString("")) {
                case "response.output_text.delta" -> {
                    if (!json) {
                        session.out().print(event.path("delta").asString());
                        session.out().flush();
                    }
                }
                case "response.completed", "response.incomplete" -> {
                    return event.path("response");
                }
                case "response.failed" ->
                    throw new Unable(event.at("/response/error/message").asString());
                default -> {
                    if (event.has("error")) {
                        throw new Unable(event.at("/error/message").asString());
                    }
                }
            }
        }
        throw new IOException("the gateway ended the answer before its end");
    }

    private void report(JsonNode response) {
        for (JsonNode item : response.path("output")) {
            JsonNode grounding = item.path("grounding");
            if (!grounding.isObject()) {
                continue;
            }
            session.out().println();
            if (grounding.path("abstained").asBoolean(false)) {
                session.out()
                        .println(verdict("not_found", "abstained") + "  "
                                + grounding.path("reason").asString(""));
            }
            for (JsonNode sentence : grounding.path("sentences")) {
                String word = sentence.path("verdict").asString();
                session.out()
                        .println(verdict(word, word.replace('_', ' ')) + score(sentence) + "  "
                                + sentence.path("text").asString());
                source(sentence.path("source"));
            }
        }
    }

    private static String score(JsonNode sentence) {
        return sentence.path("score").isNumber()
                ? String.format(Locale.ROOT, " %.2f", sentence.path("score").asDouble())
                : "";
    }

    private void source(JsonNode source) {
        if (source.isObject()) {
            String page = source.path("page").isNumber()
                    ? ", page " + source.path("page").asInt()
                    : "";
            session.out()
                    .println("    " + source.path("filename").asString() + page + ": \""
                            + source.path("quote").asString().strip().replaceAll("\\s+", " ") + "\"");
        }
    }

    /** In colour where a terminal shows colours. */
    private static String verdict(String verdict, String shown) {
        String colour = switch (verdict) {
            case "supported" -> "green";
            case "contradicted" -> "red";
            default -> "yellow";
        };
        return Ansi.AUTO.string("@|" + colour + " " + String.format(Locale.ROOT, "%-12s", shown) + "|@");
    }
}
