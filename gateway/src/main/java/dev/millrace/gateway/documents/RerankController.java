package dev.millrace.gateway.documents;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.RankedDocument;
import dev.millrace.contracts.v1.RerankRequest;
import dev.millrace.contracts.v1.RerankResponse;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.generation.Ledger;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.openai.Bodies;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RequestContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/rerank}, in the shape that Cohere and Jina share: which of some texts answer a question best. */
@RestController
final class RerankController {
    private static final int MOST_DOCUMENTS = 1_000;
    /** Bounds of other servers: all of a document is read here. */
    private static final Set<String> WITHOUT_EFFECT =
            Set.of("max_chunks_per_doc", "max_tokens_per_doc", "priority", "user");

    private final RagClient rag;
    private final Ledger ledger;
    private final Bodies bodies;
    private final Json json;

    record Ranking(String id, String model, List<Result> results, RankingUsage usage, Meta meta) {}

    record Result(
            int index,
            double relevanceScore,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<RankedText> document) {}

    record RankedText(String text) {}

    /** Jina's. */
    record RankingUsage(long promptTokens, long totalTokens) {}

    /** Cohere's. */
    record Meta(MetaTokens tokens) {}

    record MetaTokens(long inputTokens) {}

    RerankController(RagClient rag, Ledger ledger, Bodies bodies, Json json) {
        this.rag = rag;
        this.ledger = ledger;
        this.bodies = bodies;
        this.json = json;
    }

    @PostMapping("/v1/rerank")
    Mono<Void> rank(ServerWebExchange exchange) {
        // whoever may use the models may rank
        String _ = Authentications.tenant(exchange);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            RerankRequest.Builder request = RerankRequest.newBuilder()
                    .setQuery(fields.requiredString("query"))
                    .addAllDocuments(documents(fields));
            fields.string("model").ifPresent(request::setModel);
            fields.integer("top_n", 1, Integer.MAX_VALUE).ifPresent(request::setTopN);
            boolean texts = fields.flag("return_documents", false);
            fields.accept(WITHOUT_EFFECT);
            fields.refuseOthers();
            RequestContext context = Authentications.context(exchange);
            String id = "rerank-" + context.id();
            Mono<RerankResponse> work = ledger.metered(
                    context,
                    request.getModel().isEmpty() ? "rerank" : request.getModel(),
                    Stream.concat(Stream.of(request.getQuery()), request.getDocumentsList().stream()),
                    rag.rerank(request.build()),
                    RerankResponse::getTokens);
            return json.write(
                    exchange, work.map(answer -> ranking(id, answer, texts ? request.getDocumentsList() : List.of())));
        });
    }

    private static List<String> documents(Fields fields) {
        List<String> documents = fields.list("documents", MOST_DOCUMENTS, RerankController::document);
        if (documents.isEmpty()) {
            throw Refusal.invalid("documents", "documents must hold 1 to " + MOST_DOCUMENTS + " texts, held none")
                    .exception();
        }
        return documents;
    }

    private static String document(JsonNode value, String path) {
        String text = value.isObject() ? Fields.of(value, path).requiredString("text") : Fields.text(value, path);
        if (text.isBlank()) {
            throw Refusal.invalid(path, path + " must have text, was blank").exception();
        }
        return text;
    }

    /**
     * @param texts none where they aren't to be given back
     */
    private static Ranking ranking(String id, RerankResponse answer, List<String> texts) {
        return new Ranking(
                id,
                answer.getModel(),
                answer.getResultsList().stream().map(one -> result(one, texts)).toList(),
                new RankingUsage(answer.getTokens(), answer.getTokens()),
                new Meta(new MetaTokens(answer.getTokens())));
    }

    private static Result result(RankedDocument one, List<String> texts) {
        return new Result(
                one.getIndex(),
                one.getScore(),
                texts.isEmpty() ? Optional.empty() : Optional.of(new RankedText(texts.get(one.getIndex()))));
    }
}
