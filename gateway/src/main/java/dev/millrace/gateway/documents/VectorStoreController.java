package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.Chunking;
import dev.millrace.contracts.v1.Collection;
import dev.millrace.contracts.v1.CreateCollectionRequest;
import dev.millrace.contracts.v1.DeleteCollectionRequest;
import dev.millrace.contracts.v1.GetCollectionRequest;
import dev.millrace.contracts.v1.ListCollectionsRequest;
import dev.millrace.contracts.v1.ListCollectionsResponse;
import dev.millrace.contracts.v1.Metadata;
import dev.millrace.contracts.v1.UpdateCollectionRequest;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.openai.Bodies;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code /v1/vector_stores}: makes, lists, shows, changes and deletes a tenant's vector stores. */
@RestController
final class VectorStoreController {
    private static final int MOST_FILES = 500;
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_DESCRIPTION = 4_096;
    private static final int MOST_DAYS = 365;

    private final RagClient rag;
    private final Intake intake;
    private final Bodies bodies;
    private final Json json;

    VectorStoreController(RagClient rag, Intake intake, Bodies bodies, Json json) {
        this.rag = rag;
        this.intake = intake;
        this.bodies = bodies;
        this.json = json;
    }

    @PostMapping("/v1/vector_stores")
    Mono<Void> create(ServerWebExchange exchange) {
        String tenant = Authentications.tenant(exchange);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            CreateCollectionRequest.Builder request = CreateCollectionRequest.newBuilder()
                    .setTenant(tenant)
                    .setName(Texts.read(fields, "name", LONGEST_NAME).orElse(""))
                    .setDescription(Texts.read(fields, "description", LONGEST_DESCRIPTION)
                            .orElse(""))
                    .putAllMetadata(Attributes.metadata(fields, "metadata"));
            days(fields).ifPresent(request::setExpiresAfterDays);
            fields.string("embedding_model").ifPresent(request::setModel);
            Optional<Chunking> chunking = ChunkingStrategies.read(fields, "chunking_strategy");
            List<Intake.Wish> wishes = fields.list("file_ids", MOST_FILES, Fields::text).stream()
                    .distinct()
                    .map(id -> new Intake.Wish(id, Map.of(), chunking))
                    .toList();
            fields.refuseOthers();
            return json.write(exchange, create(tenant, request.build(), wishes).map(Objects::store));
        });
    }

    private Mono<Collection> create(String tenant, CreateCollectionRequest request, List<Intake.Wish> wishes) {
        return intake.find(tenant, wishes)
                .flatMap(found -> rag.createCollection(request)
                        .flatMap(made -> found.isEmpty()
                                ? Mono.just(made)
                                : intake.take(tenant, made.getId(), found)
                                        .then(rag.collection(GetCollectionRequest.newBuilder()
                                                .setTenant(tenant)
                                                .setId(made.getId())
                                                .build()))
                                        // all of it or nothing
                                        .onErrorResume(failure -> rag.deleteCollection(deletion(tenant, made.getId()))
                                                .onErrorComplete()
                                                .then(Mono.error(failure)))));
    }

    /** Empty where the field is absent. */
    private static OptionalInt days(Fields fields) {
        Optional<Fields> after = fields.object("expires_after");
        if (after.isEmpty()) {
            return OptionalInt.empty();
        }
        String anchor = after.get().requiredString("anchor");
        if (!anchor.equals("last_active_at")) {
            throw Refusal.invalid(
                            after.get().at("anchor"),
                            after.get().at("anchor") + " must be last_active_at, was \"" + Fields.shorten(anchor)
                                    + "\"")
                    .exception();
        }
        OptionalInt days = after.get().integer("days", 1, MOST_DAYS);
        after.get().refuseOthers();
        if (days.isEmpty()) {
            throw after.get().missing("days");
        }
        return days;
    }

    @GetMapping("/v1/vector_stores")
    Mono<Void> list(ServerWebExchange exchange) {
        ListCollectionsRequest.Builder request = ListCollectionsRequest.newBuilder()
                .setTenant(Authentications.tenant(exchange))
                .setPage(Pages.read(exchange));
        Optional.ofNullable(exchange.getRequest().getQueryParams().getFirst("name"))
                .filter(name -> name.indexOf('\0') < 0)
                .ifPresent(request::setName);
        return json.write(exchange, rag.listCollections(request.build()).map(VectorStoreController::listed));
    }

    private static Objects.Listed<Objects.VectorStore> listed(ListCollectionsResponse answer) {
        return Objects.Listed.of(
                answer.getCollectionsList().stream().map(Objects::store).toList(),
                answer.getHasMore(),
                Objects.VectorStore::id);
    }

    @GetMapping("/v1/vector_stores/{store}")
    Mono<Void> show(ServerWebExchange exchange, @PathVariable("store") String id) {
        return json.write(
                exchange,
                rag.collection(GetCollectionRequest.newBuilder()
                                .setTenant(Authentications.tenant(exchange))
                                .setId(Ids.store(id))
                                .build())
                        .map(Objects::store));
    }

    @PostMapping("/v1/vector_stores/{store}")
    Mono<Void> update(ServerWebExchange exchange, @PathVariable("store") String id) {
        String tenant = Authentications.tenant(exchange);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            UpdateCollectionRequest.Builder request =
                    UpdateCollectionRequest.newBuilder().setTenant(tenant).setId(Ids.store(id));
            Texts.read(fields, "name", LONGEST_NAME).ifPresent(request::setName);
            if (fields.has("metadata")) {
                request.setMetadata(Metadata.newBuilder().putAllEntries(Attributes.metadata(fields, "metadata")));
            }
            // null, unlike nothing, takes it back
            if (fields.names().contains("expires_after")) {
                request.setExpiresAfterDays(days(fields).orElse(0));
            }
            fields.string("embedding_model").ifPresent(request::setModel);
            fields.refuseOthers();
            return json.write(exchange, rag.updateCollection(request.build()).map(Objects::store));
        });
    }

    @DeleteMapping("/v1/vector_stores/{store}")
    Mono<Void> delete(ServerWebExchange exchange, @PathVariable("store") String id) {
        return json.write(
                exchange,
                rag.deleteCollection(deletion(Authentications.tenant(exchange), Ids.store(id)))
                        .map(answer -> new Objects.Deleted(id, "vector_store.deleted", answer.getDeleted())));
    }

    private static DeleteCollectionRequest deletion(String tenant, String id) {
        return DeleteCollectionRequest.newBuilder().setTenant(tenant).setId(id).build();
    }
}
