package dev.millrace.gateway;

import dev.millrace.gateway.database.Schema;
import dev.millrace.testing.TestPostgres;
import java.sql.SQLException;
import javax.sql.DataSource;

/** A database with the service's tables. */
public final class TestDatabase extends TestPostgres {
    private final Schema schema = new Schema(pool());

    public TestDatabase() throws SQLException {}

    @Override
    public DataSource migrated() {
        return schema.database();
    }

    @Override
    public void close() {
        schema.close();
        super.close();
    }
}
