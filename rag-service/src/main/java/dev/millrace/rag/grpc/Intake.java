package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.IngestFilesRequest;
import dev.millrace.contracts.v1.IngestFilesResponse;
import dev.millrace.contracts.v1.SentFile;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.ingest.IngestJob;
import dev.millrace.rag.ingest.Ingestion;
import dev.millrace.rag.wire.Messages;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Documents that are made of files which users sent. */
final class Intake {
    private final Collections collections;
    private final DocumentTable documents;
    private final Ingestion ingestion;
    private final InstantSource clock;

    Intake(Collections collections, DocumentTable documents, Ingestion ingestion, InstantSource clock) {
        this.collections = collections;
        this.documents = documents;
        this.ingestion = ingestion;
        this.clock = clock;
    }

    IngestFilesResponse files(IngestFilesRequest request) {
        List<SentFile> files = request.getFilesList();
        if (files.isEmpty() || files.size() > Documents.MAX_BATCH) {
            throw Errors.invalidValue("files", "files must be 1 to " + Documents.MAX_BATCH + ", were " + files.size());
        }
        String collection =
                collections.used(request.getTenant(), request.getCollectionId()).id();
        Instant at = clock.instant();
        Map<String, IngestJob> jobs = new LinkedHashMap<>();
        for (SentFile file : files) {
            // of a file that is named twice the last word counts
            jobs.put(file.getFileId(), job(request.getTenant(), collection, file, at));
        }
        ingestion.requestSent(collection, List.copyOf(jobs.values()));
        return noted(collection, List.copyOf(jobs.keySet()));
    }

    private static IngestJob job(String tenant, String collection, SentFile file, Instant at) {
        try {
            return new IngestJob(
                    Collections.id("ingest_"),
                    tenant,
                    collection,
                    file.getFileId(),
                    file.getFilename(),
                    Messages.attributes(file.getAttributesMap(), "attributes"),
                    Messages.chunking(file.hasChunking(), file.getChunking()),
                    new IngestJob.Content.Sent(),
                    at);
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue("files", "file \"" + file.getFileId() + "\": " + e.getMessage());
        }
    }

    private IngestFilesResponse noted(String collection, List<String> ids) {
        Map<String, StoredDocument> noted = documents.find(collection, ids).stream()
                .collect(Collectors.toMap(StoredDocument::id, Function.identity()));
        IngestFilesResponse.Builder response = IngestFilesResponse.newBuilder();
        for (String id : ids) {
            StoredDocument document = noted.get(id);
            if (document == null) {
                // deleted in this moment
                throw Errors.documentNotFound(id);
            }
            response.addDocuments(Messages.document(document));
        }
        return response.build();
    }
}
