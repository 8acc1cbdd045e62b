package dev.millrace.standalone.launch;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.postgresql.ds.PGSimpleDataSource;

/** A real PostgreSQL and a real Kafka broker, which can go away and come back where they were, with their data. */
public final class TestStores {
    private static final String VERSION = Build.current().postgres();

    private final Home home;
    private final PostgreSql.Address database;
    private final int kafkaPort;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    /** @param folder for their data */
    public TestStores(Path folder) throws IOException {
        home = new Home(folder);
        home.create();
        database = PostgreSql.address(home);
        kafkaPort = Ports.free();
    }

    /** Starts both, for the first time or again. */
    public void start() throws Exception {
        running.push(PostgreSql.start(home, VERSION, database));
        running.push(KafkaBroker.start(home, kafkaPort));
    }

    public void stop() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
    }

    /** What tells a gateway where they are. */
    public Map<String, String> environment() {
        return Map.of(
                "SPRING_DATASOURCE_URL",
                database.jdbcUrl(),
                "SPRING_DATASOURCE_USERNAME",
                database.user(),
                "SPRING_DATASOURCE_PASSWORD",
                database.password(),
                "SPRING_KAFKA_BOOTSTRAP_SERVERS",
                "127.0.0.1:" + kafkaPort);
    }

    /** The first column of the first row, a number. */
    public long number(String sql, String argument) throws SQLException {
        try (Connection connection = source().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, argument);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    private PGSimpleDataSource source() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(database.jdbcUrl());
        source.setUser(database.user());
        source.setPassword(database.password());
        return source;
    }
}
