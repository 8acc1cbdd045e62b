package dev.millrace.rag.database;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Whether the database of the documents' chunks can be used. */
public final class PgvectorHealth extends AbstractHealthIndicator {
    private final PgvectorDatabase database;

    public PgvectorHealth(PgvectorDatabase database) {
        this.database = database;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) throws Exception {
        database.check();
        health.up().withDetail("database", "PostgreSQL").withDetail("schema", "rag_index");
    }
}
