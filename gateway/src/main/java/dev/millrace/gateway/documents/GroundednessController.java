package dev.millrace.gateway.documents;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.Source;
import dev.millrace.contracts.v1.Verdict;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.generation.Ledger;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.openai.Bodies;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code POST /v1/groundedness}: whether each sentence of a text is what passages, or vector stores, say. */
@RestController
final class GroundednessController {
    private static final int MOST_PASSAGES = 200;

    private final RagClient rag;
    private final Ledger ledger;
    private final Bodies bodies;
    private final Json json;

    /** As good as its worst sentence. */
    record Groundedness(String verdict, double score, List<Sentence> sentences) {}

    /**
     * @param start offset in the text that was checked, in UTF-16 units
     * @param end   exclusive
     * @param score the probability that it is supported
     */
    record Sentence(String text, int start, int end, String verdict, double score, Optional<SentenceSource> source) {}

    /**
     * A passage, or a place in a file.
     *
     * @param passage index of the passage, where passages were given
     * @param start   offset in the passage, or in the file's parsed text
     */
    record SentenceSource(
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> passage,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> fileId,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> filename,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> page,
            int start,
            int end,
            String quote) {}

    GroundednessController(RagClient rag, Ledger ledger, Bodies bodies, Json json) {
        this.rag = rag;
        this.ledger = ledger;
        this.bodies = bodies;
        this.json = json;
    }

    @PostMapping("/v1/groundedness")
    Mono<Void> check(ServerWebExchange exchange) {
        String tenant = Authentications.tenant(exchange);
        return bodies.read(exchange)
                .map(body -> request(Fields.of(body.fields()), tenant))
                .flatMap(request -> json.write(
                        exchange,
                        ledger.metered(
                                        Authentications.context(exchange),
                                        "groundedness",
                                        Stream.concat(Stream.of(request.getText()), request.getPassagesList().stream()),
                                        rag.check(request),
                                        _ -> 0)
                                .map(answer -> groundedness(answer, request.getPassagesCount() > 0))));
    }

    private static CheckRequest request(Fields fields, String tenant) {
        CheckRequest request = CheckRequest.newBuilder()
                .setTenant(tenant)
                .setText(fields.requiredString("text"))
                .addAllPassages(fields.list("passages", MOST_PASSAGES, Fields::text))
                .addAllCollectionIds(fields.list("vector_store_ids", Ids.MOST_STORES, Ids::store))
                .build();
        fields.refuseOthers();
        if (request.getPassagesCount() > 0 == request.getCollectionIdsCount() > 0) {
            throw Refusal.invalid(
                            "passages", "either passages or vector_store_ids must be given, not both and not neither")
                    .exception();
        }
        return request;
    }

    private static Groundedness groundedness(CheckResponse answer, boolean passages) {
        return new Groundedness(
                word(answer.getVerdict()),
                answer.getScore(),
                answer.getSentencesList().stream()
                        .map(sentence -> sentence(sentence, passages))
                        .toList());
    }

    private static Sentence sentence(CheckedSentence sentence, boolean passages) {
        return new Sentence(
                sentence.getText(),
                sentence.getStart(),
                sentence.getEnd(),
                word(sentence.getVerdict()),
                sentence.getScore(),
                sentence.hasSource() ? Optional.of(source(sentence.getSource(), passages)) : Optional.empty());
    }

    private static SentenceSource source(Source source, boolean passages) {
        return new SentenceSource(
                passages ? Optional.of(source.getPassage()) : Optional.empty(),
                Optional.of(source.getDocumentId()).filter(id -> !id.isEmpty()),
                Optional.of(source.getFilename()).filter(name -> !name.isEmpty()),
                Optional.of(source.getPage()).filter(page -> page > 0),
                source.getStart(),
                source.getEnd(),
                source.getQuote());
    }

    private static String word(Verdict verdict) {
        return switch (verdict) {
            case VERDICT_SUPPORTED -> "supported";
            case VERDICT_CONTRADICTED -> "contradicted";
            case VERDICT_NOT_FOUND, VERDICT_UNSPECIFIED, UNRECOGNIZED -> "not_found";
        };
    }
}
