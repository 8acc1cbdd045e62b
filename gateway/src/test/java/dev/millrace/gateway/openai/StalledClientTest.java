package dev.millrace.gateway.openai;

import static dev.millrace.gateway.openai.Client.await;
import static dev.millrace.gateway.openai.HardeningTest.head;
import static dev.millrace.gateway.openai.HardeningTest.send;
import static dev.millrace.gateway.openai.HardeningTest.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class StalledClientTest {
    @Test
    void a_client_that_does_not_take_what_was_sent_is_dropped_in_time() throws Exception {
        // so many events may wait that it is time, not their number, that ends the answer
        try (RunningGateway gateway = new RunningGateway(
                        "millrace.inference.max-waiting-events=100000000", "millrace.http.write-timeout=500ms");
                Socket socket = new Socket()) {
            new Client(gateway).awaitModel(FakeBackend.ENDLESS);
            socket.setReceiveBufferSize(4 << 10);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
            String body = stream(FakeBackend.ENDLESS);
            send(socket, head(body) + body);
            await(() -> gateway.backend.cancelled.get() == 1);
            await(() -> !gateway.usages.isEmpty());
            assertThat(gateway.limits.open).hasValue(0);
            assertThat(gateway.usages)
                    .singleElement()
                    .satisfies(usage -> assertThat(usage.status()).isEqualTo(499));
        }
    }
}
