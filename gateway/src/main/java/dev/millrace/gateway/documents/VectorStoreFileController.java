package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.DeleteDocumentRequest;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.GetDocumentRequest;
import dev.millrace.contracts.v1.ListDocumentsRequest;
import dev.millrace.contracts.v1.ListDocumentsResponse;
import dev.millrace.contracts.v1.UpdateDocumentRequest;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.openai.Bodies;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import java.util.List;
import java.util.Optional;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code /v1/vector_stores/{store}/files}: takes files in, and lists, shows, changes and removes them. */
@RestController
final class VectorStoreFileController {
    private final RagClient rag;
    private final Intake intake;
    private final Bodies bodies;
    private final Json json;

    record ContentPage(String object, List<ContentPiece> data, boolean hasMore, Optional<String> nextPage) {}

    record ContentPiece(String type, String text) {}

    VectorStoreFileController(RagClient rag, Intake intake, Bodies bodies, Json json) {
        this.rag = rag;
        this.intake = intake;
        this.bodies = bodies;
        this.json = json;
    }

    @PostMapping("/v1/vector_stores/{store}/files")
    Mono<Void> create(ServerWebExchange exchange, @PathVariable String store) {
        String tenant = Authentications.tenant(exchange);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            Intake.Wish wish = wish(fields);
            fields.refuseOthers();
            return answer(
                    exchange,
                    intake.find(tenant, List.of(wish))
                            .flatMap(found -> intake.take(tenant, Ids.store(store), found))
                            .map(List::getFirst));
        });
    }

    /** A file with what it is to be taken in by. */
    static Intake.Wish wish(Fields fields) {
        return new Intake.Wish(
                fields.requiredString("file_id"),
                Attributes.read(fields, "attributes"),
                ChunkingStrategies.read(fields, "chunking_strategy"));
    }

    private Mono<Void> answer(ServerWebExchange exchange, Mono<Document> document) {
        return document.map(Objects::file).flatMap(file -> {
            Polling.hint(exchange, file.status());
            return json.write(exchange, file);
        });
    }

    @GetMapping("/v1/vector_stores/{store}/files")
    Mono<Void> list(ServerWebExchange exchange, @PathVariable String store) {
        return json.write(
                exchange,
                rag.listDocuments(ListDocumentsRequest.newBuilder()
                                .setTenant(Authentications.tenant(exchange))
                                .setCollectionId(Ids.store(store))
                                .setPage(Pages.read(exchange))
                                .setState(Pages.filter(exchange))
                                .build())
                        .map(VectorStoreFileController::listed));
    }

    static Objects.Listed<Objects.VectorStoreFile> listed(ListDocumentsResponse answer) {
        return Objects.Listed.of(
                answer.getDocumentsList().stream().map(Objects::file).toList(),
                answer.getHasMore(),
                Objects.VectorStoreFile::id);
    }

    @GetMapping("/v1/vector_stores/{store}/files/{file}")
    Mono<Void> show(ServerWebExchange exchange, @PathVariable String store, @PathVariable String file) {
        return answer(exchange, rag.document(named(exchange, store, file)));
    }

    private static GetDocumentRequest named(ServerWebExchange exchange, String store, String file) {
        return GetDocumentRequest.newBuilder()
                .setTenant(Authentications.tenant(exchange))
                .setCollectionId(Ids.store(store))
                .setId(Ids.file(file))
                .build();
    }

    @GetMapping("/v1/vector_stores/{store}/files/{file}/content")
    Mono<Void> content(ServerWebExchange exchange, @PathVariable String store, @PathVariable String file) {
        return json.write(
                exchange,
                rag.documentContent(named(exchange, store, file))
                        .map(content -> new ContentPage(
                                "vector_store.file_content.page",
                                content.getPiecesList().stream()
                                        .map(text -> new ContentPiece("text", text))
                                        .toList(),
                                false,
                                Optional.empty())));
    }

    @PostMapping("/v1/vector_stores/{store}/files/{file}")
    Mono<Void> update(ServerWebExchange exchange, @PathVariable String store, @PathVariable String file) {
        GetDocumentRequest named = named(exchange, store, file);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            // null empties them; to say nothing is a mistake
            if (!fields.names().contains("attributes")) {
                throw fields.missing("attributes");
            }
            UpdateDocumentRequest request = UpdateDocumentRequest.newBuilder()
                    .setTenant(named.getTenant())
                    .setCollectionId(named.getCollectionId())
                    .setId(named.getId())
                    .putAllAttributes(Attributes.read(fields, "attributes"))
                    .build();
            fields.refuseOthers();
            return answer(exchange, rag.updateDocument(request));
        });
    }

    @DeleteMapping("/v1/vector_stores/{store}/files/{file}")
    Mono<Void> delete(ServerWebExchange exchange, @PathVariable String store, @PathVariable String file) {
        GetDocumentRequest named = named(exchange, store, file);
        return json.write(
                exchange,
                rag.deleteDocument(DeleteDocumentRequest.newBuilder()
                                .setTenant(named.getTenant())
                                .setCollectionId(named.getCollectionId())
                                .setId(named.getId())
                                .build())
                        .map(answer -> new Objects.Deleted(file, "vector_store.file.deleted", answer.getDeleted())));
    }
}
