package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.RunningGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** Probes and metrics have no key. */
class ManagementPortTest {
    @Test
    void probes_and_metrics_are_answered_without_a_key_there_and_nowhere_else() throws Exception {
        try (RunningGateway gateway = new RunningGateway();
                HttpClient client = HttpClient.newHttpClient()) {
            String management = "http://127.0.0.1:" + gateway.managementPort();
            for (String path : new String[] {"health/liveness", "health/readiness", "prometheus"}) {
                assertThat(status(client, URI.create(management + "/actuator/" + path)))
                        .as(path)
                        .isEqualTo(200);
                assertThat(status(client, gateway.url("/actuator/" + path)))
                        .as(path)
                        .isEqualTo(401);
            }
        }
    }

    private static int status(HttpClient client, URI address) throws Exception {
        return client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
