package dev.millrace.rag.database;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.Test;

class PgvectorDatabaseTest {
    @Test
    void a_server_without_the_extension_is_told_of_at_the_start() throws Exception {
        try (EmbeddedPostgres without = EmbeddedPostgres.builder().start()) {
            String url = without.getJdbcUrl("postgres", "postgres");
            assertThatThrownBy(() -> new PgvectorDatabase(url, "postgres", ""))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(url)
                    .hasMessageContaining("CREATE EXTENSION vector failed")
                    .hasMessageContaining("extension \"vector\" is not available")
                    .hasMessageContaining("set millrace.rag.index to lucene");
        }
    }
}
