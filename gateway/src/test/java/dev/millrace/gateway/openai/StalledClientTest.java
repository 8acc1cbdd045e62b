package dev.millrace.gateway.openai;

import static dev.millrace.gateway.openai.BadInputTest.chat;
import static dev.millrace.gateway.openai.Client.await;
import static dev.millrace.gateway.openai.HardeningTest.head;
import static dev.millrace.gateway.openai.HardeningTest.send;
import static dev.millrace.gateway.openai.HardeningTest.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.RunningGateway;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Clients that read too slowly, or not at all. */
class StalledClientTest {
    private static Socket connect(RunningGateway gateway) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4 << 10);
        socket.setSoTimeout(60_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
        return socket;
    }

    @Test
    void a_client_that_does_not_take_what_was_sent_is_dropped_in_time() throws Exception {
        // so many events may wait that it is time, not their number, that ends the answer
        try (RunningGateway gateway = new RunningGateway(
                        "millrace.inference.max-waiting-events=100000000", "millrace.http.write-timeout=500ms");
                Socket socket = connect(gateway)) {
            new Client(gateway).awaitModel(FakeBackend.ENDLESS);
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

    @Test
    void a_client_that_reads_one_byte_a_second_is_cancelled_and_holds_up_nobody() throws Exception {
        // few may wait, so that what is sent until the answer ends lies in the sockets' buffers and no write takes long
        try (RunningGateway gateway = new RunningGateway("millrace.inference.max-waiting-events=64");
                Socket socket = connect(gateway)) {
            Client client = new Client(gateway);
            client.awaitModel(FakeBackend.ENDLESS);
            String body = stream(FakeBackend.ENDLESS);
            send(socket, head(body) + body);
            InputStream in = socket.getInputStream();
            assertThat(in.read()).isEqualTo('H');
            await(() -> gateway.backend.cancelled.get() == 1);
            for (int i = 0; i < 3; i++) {
                Thread.sleep(1_000);
                in.read();
                assertThat(client.post("/v1/chat/completions", chat("\"max_tokens\": 1"))
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(untilTheEnd(in)).contains("read too slowly").doesNotContain("[DONE]");
        }
    }

    /** Everything until the last, empty chunk of a streamed answer. */
    private static String untilTheEnd(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        byte[] buffer = new byte[1 << 16];
        while (text.length() < 5 || !text.substring(text.length() - 5).equals("0\r\n\r\n")) {
            int read = in.read(buffer);
            assertThat(read).isPositive();
            text.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
        }
        return text.toString();
    }
}
