package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.contracts.v1.Batch;
import dev.millrace.contracts.v1.Chunking;
import dev.millrace.contracts.v1.CreateBatchRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.GetBatchRequest;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.openai.Bodies;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code /v1/vector_stores/{store}/file_batches}: takes many files in, and watches and cancels them together. */
@RestController
final class FileBatchController {
    private static final int MOST_FILES = 2_000;

    private final RagClient rag;
    private final Intake intake;
    private final Bodies bodies;
    private final Json json;

    FileBatchController(RagClient rag, Intake intake, Bodies bodies, Json json) {
        this.rag = rag;
        this.intake = intake;
        this.bodies = bodies;
        this.json = json;
    }

    /** Answers once the service has noted all: from then on the batch needs nobody. */
    @PostMapping("/v1/vector_stores/{store}/file_batches")
    Mono<Void> create(ServerWebExchange exchange, @PathVariable String store) {
        String tenant = Authentications.tenant(exchange);
        return bodies.read(exchange).flatMap(body -> {
            List<Intake.Wish> wishes = wishes(Fields.of(body.fields()));
            return answer(
                    exchange,
                    intake.find(tenant, wishes)
                            .flatMap(found -> intake.take(tenant, Ids.store(store), found))
                            .flatMap(documents -> rag.createBatch(CreateBatchRequest.newBuilder()
                                    .setTenant(tenant)
                                    .setCollectionId(store)
                                    .addAllDocumentIds(documents.stream()
                                            .map(Document::getId)
                                            .toList())
                                    .build())));
        });
    }

    private static List<Intake.Wish> wishes(Fields fields) {
        if (fields.has("file_ids") == fields.has("files")) {
            throw Refusal.invalid("file_ids", "either file_ids or files must be given, not both and not neither")
                    .exception();
        }
        List<Intake.Wish> wishes;
        if (fields.has("files")) {
            // each has its own, and what stands beside them has no effect, as with OpenAI
            Map<String, AttributeValue> _ = Attributes.read(fields, "attributes");
            Optional<Chunking> _ = ChunkingStrategies.read(fields, "chunking_strategy");
            wishes = fields.list("files", MOST_FILES, (file, path) -> {
                Fields one = Fields.of(file, path);
                Intake.Wish wish = VectorStoreFileController.wish(one);
                one.refuseOthers();
                return wish;
            });
        } else {
            Map<String, AttributeValue> attributes = Attributes.read(fields, "attributes");
            Optional<Chunking> chunking = ChunkingStrategies.read(fields, "chunking_strategy");
            wishes = fields.list("file_ids", MOST_FILES, Fields::text).stream()
                    .distinct()
                    .map(id -> new Intake.Wish(id, attributes, chunking))
                    .toList();
        }
        fields.refuseOthers();
        if (wishes.isEmpty()) {
            throw Refusal.invalid("file_ids", "a batch must have 1 to " + MOST_FILES + " files, had none")
                    .exception();
        }
        return wishes;
    }

    private Mono<Void> answer(ServerWebExchange exchange, Mono<Batch> batch) {
        return batch.map(Objects::batch).flatMap(shown -> {
            Polling.hint(exchange, shown.status());
            return json.write(exchange, shown);
        });
    }

    @GetMapping("/v1/vector_stores/{store}/file_batches/{batch}")
    Mono<Void> show(ServerWebExchange exchange, @PathVariable String store, @PathVariable String batch) {
        return answer(exchange, rag.batch(named(exchange, store, batch)));
    }

    @PostMapping("/v1/vector_stores/{store}/file_batches/{batch}/cancel")
    Mono<Void> cancel(ServerWebExchange exchange, @PathVariable String store, @PathVariable String batch) {
        return answer(exchange, rag.cancelBatch(named(exchange, store, batch)));
    }

    private static GetBatchRequest named(ServerWebExchange exchange, String store, String batch) {
        return GetBatchRequest.newBuilder()
                .setTenant(Authentications.tenant(exchange))
                .setCollectionId(Ids.store(store))
                .setId(Ids.batch(batch))
                .build();
    }

    @GetMapping("/v1/vector_stores/{store}/file_batches/{batch}/files")
    Mono<Void> files(ServerWebExchange exchange, @PathVariable String store, @PathVariable String batch) {
        return json.write(
                exchange,
                rag.listDocuments(ListDocumentsRequest.newBuilder()
                                .setTenant(Authentications.tenant(exchange))
                                .setCollectionId(Ids.store(store))
                                .setBatchId(Ids.batch(batch))
                                .setPage(Pages.read(exchange))
                                .setState(Pages.filter(exchange))
                                .build())
                        .map(VectorStoreFileController::listed));
    }
}
