package dev.millrace.rag.catalogue;

import javax.sql.DataSource;

/** All tables. */
public record Catalogue(
        CollectionTable collections, DocumentTable documents, BatchTable batches, ReEmbeddingTable reEmbeddings) {
    public static Catalogue in(DataSource database) {
        return new Catalogue(
                new CollectionTable(database),
                new DocumentTable(database),
                new BatchTable(database),
                new ReEmbeddingTable(database));
    }
}
