package dev.millrace.rag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testing.Eventually;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** A service whose chunks lie in another database than its catalogue, over HTTP, as Kubernetes asks it. */
class PgvectorReadinessTest {
    @Test
    void a_service_is_ready_while_both_of_its_databases_are_there(@TempDir Path folder) throws Exception {
        String catalogue = PgvectorServer.newDatabase();
        String index = PgvectorServer.newDatabase();
        String name = index.replaceAll(".*/|\\?.*", "");
        try (ConfigurableApplicationContext service = RagApplication.create()
                .run(
                        "--server.port=0",
                        "--spring.grpc.server.address=127.0.0.1",
                        "--spring.grpc.server.port=0",
                        "--spring.datasource.url=" + catalogue,
                        "--spring.datasource.username=postgres",
                        "--millrace.rag.index=pgvector",
                        "--millrace.rag.pgvector.url=" + index,
                        "--millrace.home=" + folder,
                        "--spring.kafka.bootstrap-servers=127.0.0.1:1")) {
            URI health = URI.create("http://127.0.0.1:"
                    + service.getEnvironment().getProperty("local.server.port") + "/actuator/health/");
            try (HttpClient client = HttpClient.newHttpClient()) {
                Eventually.holds("it is ready", RunningRag.LONG, () -> status(client, health, "readiness") == 200);
                run(
                        catalogue,
                        "alter database " + name + " allow_connections false",
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "'");
                assertThat(status(client, health, "readiness")).isEqualTo(503);
                assertThat(status(client, health, "liveness")).isEqualTo(200);
                run(catalogue, "alter database " + name + " allow_connections true");
                Eventually.holds("it is again", RunningRag.LONG, () -> status(client, health, "readiness") == 200);
            }
        }
    }

    private static int status(HttpClient client, URI health, String group) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(health.resolve(group)).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static void run(String database, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        }
    }
}
