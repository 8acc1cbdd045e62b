package dev.millrace.standalone.cli;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Shows passages that answer a question. */
@Command(
        name = "search",
        mixinStandardHelpOptions = true,
        description = "Shows the passages of a vector store that answer a question best; no model speaks.",
        footer = {"", "Example: ./millrace docs search \"how high is the wheel\" --results 3"})
final class DocsSearch implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Docs.Store store = new Docs.Store();

    @Parameters(paramLabel = "QUESTION", description = "What is looked for.")
    private String question = "";

    @Option(
            names = "--results",
            paramLabel = "N",
            defaultValue = "5",
            description = "How many, at most (default: ${DEFAULT-VALUE}).")
    private int results;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    DocsSearch(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, Unable, InterruptedException {
        DocsClient client = DocsClient.of(session);
        JsonNode found = client.post(
                "/v1/vector_stores/" + client.requiredStore(store.name) + "/search",
                JsonMapper.shared().createObjectNode().put("query", question).put("max_num_results", results));
        if (json) {
            session.out().println(found.path("data").toPrettyString());
            return 0;
        }
        if (found.path("data").isEmpty()) {
            session.out().println("Nothing is found.");
        }
        for (JsonNode passage : found.path("data")) {
            session.out()
                    .printf(
                            Locale.ROOT,
                            "%s%s  (%.2f)%n%s%n%n",
                            passage.path("filename").asString(),
                            place(passage.path("place")),
                            passage.path("score").asDouble(),
                            passage.path("content")
                                    .path(0)
                                    .path("text")
                                    .asString()
                                    .strip()
                                    .indent(2)
                                    .stripTrailing());
        }
        return 0;
    }

    private static String place(JsonNode place) {
        String page = "";
        if (place.path("first_page").isNumber()) {
            int first = place.path("first_page").asInt();
            int last = place.path("last_page").asInt(first);
            page = first == last ? ", page " + first : ", pages " + first + "-" + last;
        }
        return place.path("heading").isString()
                ? page + ", \"" + place.path("heading").asString() + "\""
                : page;
    }
}
