package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GracefulStopTest {
    private static final String CHAT = """
            {"model":"gated","messages":[{"role":"user","content":"Hi"}],"max_tokens":2}""";

    @Test
    void running_requests_end_before_the_gateway_does_and_new_ones_are_not_taken() throws Exception {
        RunningGateway gateway = new RunningGateway();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(gateway.url("/v1/chat/completions"))
                    .header("Authorization", "Bearer " + RunningGateway.KEY)
                    .POST(HttpRequest.BodyPublishers.ofString(CHAT))
                    .build();
            int port = gateway.port();
            while (gateway.backend.requests.isEmpty()) {
                CompletableFuture<HttpResponse<String>> early =
                        client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
                // until the gateway has heard of the model, it answers at once that there is none
                while (gateway.backend.requests.isEmpty() && !early.isDone()) {
                    Thread.sleep(5);
                }
                if (!gateway.backend.requests.isEmpty()) {
                    CompletableFuture<Void> stopped = CompletableFuture.runAsync(gateway::close);
                    while (accepts(port)) {
                        Thread.sleep(5);
                    }
                    assertThat(stopped).isNotDone();
                    gateway.backend.release(1);
                    HttpResponse<String> answer = early.get(60, TimeUnit.SECONDS);
                    assertThat(answer.statusCode()).isEqualTo(200);
                    assertThat(answer.body()).contains("w0 w1");
                    stopped.get(60, TimeUnit.SECONDS);
                }
            }
        }
    }

    private static boolean accepts(int port) throws Exception {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (ConnectException _) {
            return false;
        }
    }
}
