package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.AttributeValue;
import dev.millrace.contracts.v1.Chunking;
import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.IngestFilesResponse;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.files.FileStore;
import dev.millrace.gateway.files.StoredFile;
import dev.millrace.gateway.openai.Database;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Takes a tenant's files into vector stores. The store keeps a copy of its own: deleting the file leaves it there. */
@Component
final class Intake {
    /** So many fit into one message, whatever their attributes. */
    private static final int AT_ONCE = 100;

    private final FileStore files;
    private final RagClient rag;

    Intake(FileStore files, RagClient rag) {
        this.files = files;
        this.rag = rag;
    }

    /**
     * A file that is to go into a store.
     *
     * @param chunking empty for the default
     */
    record Wish(String fileId, Map<String, AttributeValue> attributes, Optional<Chunking> chunking) {}

    /** A wish whose file is there. */
    record Found(Wish wish, StoredFile file) {}

    /** All of the files, or a refusal: nothing is begun while one is missing. */
    Mono<List<Found>> find(String tenant, List<Wish> wishes) {
        if (wishes.isEmpty()) {
            return Mono.just(List.of());
        }
        return Database.ask(() -> {
            List<Found> found = new ArrayList<>();
            for (Wish wish : wishes) {
                StoredFile file = files.find(tenant, Ids.file(wish.fileId()))
                        .orElseThrow(() -> unknown(wish.fileId()).exception());
                found.add(new Found(wish, file));
            }
            return found;
        });
    }

    private static Refusal unknown(String id) {
        return Refusal.of(
                        Kind.NOT_FOUND,
                        "file_not_found",
                        "there is no file '" + Fields.shorten(id) + "': GET /v1/files lists those that there are")
                .at("file_id");
    }

    /** Answers once the service will take them in whatever happens; it reads their bytes when their turn comes. */
    Mono<List<Document>> take(String tenant, String store, List<Found> found) {
        return Flux.fromIterable(found)
                .map(Intake::sent)
                .buffer(AT_ONCE)
                .concatMap(some -> rag.ingestFiles(IngestFilesRequest.newBuilder()
                        .setTenant(tenant)
                        .setCollectionId(store)
                        .addAllFiles(some)
                        .build()))
                .flatMapIterable(IngestFilesResponse::getDocumentsList)
                .collectList();
    }

    private static SentFile sent(Found found) {
        SentFile.Builder file = SentFile.newBuilder()
                .setFileId(found.file().id())
                .setFilename(found.file().filename())
                .putAllAttributes(found.wish().attributes());
        found.wish().chunking().ifPresent(file::setChunking);
        return file.build();
    }
}
