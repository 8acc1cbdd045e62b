package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.Ranker;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.RetrieveResponse;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.generation.Ledger;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.openai.Bodies;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import dev.millrace.gateway.openai.SearchFilters;
import dev.millrace.gateway.request.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/vector_stores/{store}/search}: the passages that answer a question. */
@RestController
final class SearchController {
    private static final int MOST_RESULTS = 50;
    private static final int MOST_QUERIES = 5;
    private static final int LONGEST_QUERY = 20_000;

    private final RagClient rag;
    private final Ledger ledger;
    private final QueryRewriter rewriter;
    private final Bodies bodies;
    private final Json json;

    record ResultPage(
            String object, List<String> searchQuery, List<Result> data, boolean hasMore, Optional<String> nextPage) {}

    record Result(
            String fileId,
            String filename,
            double score,
            Map<String, Object> attributes,
            List<Content> content,
            Place place) {}

    record Content(String type, String text) {}

    /**
     * Ours beside OpenAI's: where in the file the passage stands.
     *
     * @param firstPage from 1; empty where the format has no pages
     * @param start     offset in the file's parsed text, in UTF-16 units
     */
    record Place(
            Optional<Integer> firstPage, Optional<Integer> lastPage, Optional<String> heading, int start, int end) {}

    SearchController(RagClient rag, Ledger ledger, QueryRewriter rewriter, Bodies bodies, Json json) {
        this.rag = rag;
        this.ledger = ledger;
        this.rewriter = rewriter;
        this.bodies = bodies;
        this.json = json;
    }

    @PostMapping("/v1/vector_stores/{store}/search")
    Mono<Void> search(ServerWebExchange exchange, @PathVariable String store) {
        String tenant = Authentications.tenant(exchange);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            List<String> queries = queries(fields);
            RetrieveRequest.Builder request = RetrieveRequest.newBuilder()
                    .setTenant(tenant)
                    .addCollectionIds(Ids.store(store))
                    .setQuery(queries.getFirst())
                    .addAllFurtherQueries(queries.subList(1, queries.size()));
            fields.integer("max_num_results", 1, MOST_RESULTS).ifPresent(request::setMaxResults);
            fields.find("filters").ifPresent(filter -> request.setFilter(SearchFilters.read(filter, "filters")));
            fields.object("ranking_options").ifPresent(options -> rank(options, request));
            boolean rewrite = fields.flag("rewrite_query", false);
            Optional<String> model = fields.string("model");
            fields.refuseOthers();
            Mono<List<String>> rewritten =
                    rewrite ? rewriter.queries(Authentications.context(exchange), model, queries) : Mono.just(queries);
            return json.write(exchange, rewritten.flatMap(shown -> {
                // beside what was asked: a small model may miss the point
                shown.stream().filter(query -> !queries.contains(query)).forEach(request::addFurtherQueries);
                return ledger.metered(
                                Authentications.context(exchange),
                                "search",
                                shown.stream(),
                                rag.retrieve(request.build()),
                                _ -> 0)
                        .map(answer -> page(shown, answer));
            }));
        });
    }

    private static List<String> queries(Fields fields) {
        JsonNode value = fields.find("query").orElseThrow(() -> fields.missing("query"));
        List<String> queries = value.isArray()
                ? Fields.elements(value, "query", MOST_QUERIES, SearchController::query)
                : List.of(query(value, "query"));
        if (queries.isEmpty()) {
            throw Refusal.invalid(
                            "query", "query must be a text or 1 to " + MOST_QUERIES + " texts, was an empty array")
                    .exception();
        }
        return new ArrayList<>(queries);
    }

    private static String query(JsonNode value, String path) {
        String text = Fields.text(value, path);
        if (text.isBlank() || text.length() > LONGEST_QUERY) {
            throw Refusal.invalid(
                            path,
                            path + " must have 1 to " + LONGEST_QUERY + " characters that aren't all blank, had "
                                    + text.length())
                    .exception();
        }
        return text;
    }

    private static void rank(Fields options, RetrieveRequest.Builder request) {
        String ranker = options.string("ranker").orElse("auto");
        request.setRanker(
                switch (ranker) {
                    case "auto", "default-2024-11-15", "default_2024_08_21" -> Ranker.RANKER_AUTO;
                    case "none" -> Ranker.RANKER_NONE;
                    default ->
                        throw Refusal.invalid(
                                        options.at("ranker"),
                                        options.at("ranker") + " must be auto, none or default-2024-11-15, was \""
                                                + Fields.shorten(ranker) + "\"")
                                .exception();
                });
        options.number("score_threshold", 0, 1).ifPresent(request::setMinScore);
        options.refuseOthers();
    }

    private static ResultPage page(List<String> queries, RetrieveResponse answer) {
        return new ResultPage(
                "vector_store.search_results.page",
                queries,
                answer.getPassagesList().stream().map(SearchController::result).toList(),
                false,
                Optional.empty());
    }

    private static Result result(Passage passage) {
        return new Result(
                passage.getDocumentId(),
                passage.getFilename(),
                passage.getScore(),
                Attributes.shown(passage.getAttributesMap()),
                List.of(new Content("text", passage.getText())),
                new Place(
                        Optional.of(passage.getFirstPage()).filter(page -> page > 0),
                        Optional.of(passage.getLastPage()).filter(page -> page > 0),
                        Optional.of(passage.getHeading()).filter(heading -> !heading.isEmpty()),
                        passage.getStart(),
                        passage.getEnd()));
    }
}
