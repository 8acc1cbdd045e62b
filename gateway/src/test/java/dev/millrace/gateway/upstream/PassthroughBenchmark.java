package dev.millrace.gateway.upstream;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.WholeGateway;
import dev.millrace.testing.TestBroker;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.DisposableServer;

/**
 * What the gateway adds to a request to another server, with keys, limits, usage, PostgreSQL and Kafka on, when that
 * server answers at once. Server, gateway, stores and load share the machine:
 *
 * <pre>./mvnw -pl gateway -am test -Dtest=PassthroughBenchmark -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
class PassthroughBenchmark {
    private static final double SECONDS = Double.parseDouble(System.getProperty("millrace.bench.seconds", "5"));
    private static final int CONNECTIONS = 16;
    private static final String REQUEST =
            "{\"model\":\"stub\",\"max_tokens\":64,\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful"
                    + " assistant.\"},{\"role\":\"user\",\"content\":\"Say hello to the world in one short sentence,"
                    + " please.\"}]}";
    private static final String ANSWER =
            "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":\"stub\",\"choices\":"
                    + "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello, world!\"},\"logprobs\":null,"
                    + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":31,\"completion_tokens\":5,"
                    + "\"total_tokens\":36}}";

    @TempDir
    static Path folder;

    @Test
    void what_the_gateway_adds() throws Exception {
        DisposableServer server = StubUpstream.instant(ANSWER);
        try (TestDatabase database = new TestDatabase();
                TestBroker broker = new TestBroker(folder);
                FakeBackend backend = new FakeBackend();
                WholeGateway gateway = new WholeGateway(
                        database.url(),
                        broker.address(),
                        backend,
                        folder.resolve("journal"),
                        "millrace.upstreams[0].models=stub",
                        "millrace.upstreams[0].base-url=http://127.0.0.1:" + server.port() + "/v1")) {
            String limits = "{\"requests_per_minute\":1000000000,\"tokens_per_minute\":10000000000,"
                    + "\"parallel_requests\":1000,\"tokens_per_month\":1000000000000}";
            String key = WholeGateway.json(gateway.post(
                            gateway.adminKey, "/admin/keys", "{\"name\":\"bench\",\"limits\":" + limits + "}"))
                    .get("key")
                    .stringValue();
            LoadGenerator direct = new LoadGenerator(server.port(), "none", REQUEST);
            LoadGenerator through = new LoadGenerator(gateway.url("/").getPort(), key, REQUEST);
            through.run(CONNECTIONS, 2 * SECONDS, 0);
            direct.run(CONNECTIONS, SECONDS / 2, 0);
            through.run(1, SECONDS / 2, 0);
            report("1 connection, as many as go", direct, through, 1, 0);
            report(CONNECTIONS + " connections, as many as go", direct, through, CONNECTIONS, 0);
            report(CONNECTIONS + " connections, 1000 requests/s", direct, through, CONNECTIONS, 1_000);
        } finally {
            server.disposeNow();
        }
    }

    private static void report(String name, LoadGenerator direct, LoadGenerator through, int connections, int perSecond)
            throws Exception {
        LoadGenerator.Run without = direct.run(connections, SECONDS, perSecond);
        LoadGenerator.Run with = through.run(connections, SECONDS, perSecond);
        System.out.println(name);
        System.out.println("  direct   " + without);
        System.out.println("  through  " + with);
        System.out.printf(
                Locale.ROOT,
                "  added    median %.3f ms   p99 %.3f ms%n",
                with.millis(0.5) - without.millis(0.5),
                with.millis(0.99) - without.millis(0.99));
    }
}
