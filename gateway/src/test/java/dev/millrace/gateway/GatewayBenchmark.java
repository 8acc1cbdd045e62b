package dev.millrace.gateway;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.contracts.v1.TokenizerGrpc;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What the gateway adds to an engine that takes no time: to a request, and to each streamed token. The same chat is
 * asked for over HTTP, and of the tokenizer and the engine directly; the difference is the gateway's.
 */
public final class GatewayBenchmark {
    private static final int WARM_UP_MILLIS = 6_000;
    private static final int MEASURE_MILLIS = 5_000;
    private static final int STREAMED_TOKENS = 1_000;

    private GatewayBenchmark() {}

    /** One request, from its first byte to its last. */
    private interface Asker {
        void ask() throws IOException;
    }

    private interface Askers {
        Asker open() throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        try (RunningGateway gateway = new RunningGateway("logging.level.root=warn")) {
            ManagedChannel channel = InProcessChannelBuilder.forName(
                            gateway.backend.address().substring("in-process:".length()))
                    .build();
            Askers short_ = () -> new HttpAsker(gateway.port(), 1, false);
            Askers streamed = () -> new HttpAsker(gateway.port(), STREAMED_TOKENS, true);
            Askers directShort = () -> () -> direct(channel, 1);
            Askers directStreamed = () -> () -> direct(channel, STREAMED_TOKENS);
            measure("warm-up", short_, 4, WARM_UP_MILLIS);
            measure("warm-up", streamed, 4, WARM_UP_MILLIS);
            measure("warm-up", directStreamed, 4, 1_000);
            for (int clients : new int[] {1, 16}) {
                double direct = measure("one token, direct", directShort, clients, MEASURE_MILLIS);
                double http = measure("one token, gateway", short_, clients, MEASURE_MILLIS);
                double directLong = measure("1,000 tokens streamed, direct", directStreamed, clients, MEASURE_MILLIS);
                double httpLong = measure("1,000 tokens streamed, gateway", streamed, clients, MEASURE_MILLIS);
                System.out.printf(
                        "%d clients: the gateway adds %.3f ms to a request, %.2f us to a streamed token (medians)%n",
                        clients, http - direct, ((httpLong - directLong) - (http - direct)) * 1_000 / STREAMED_TOKENS);
            }
            channel.shutdownNow();
        }
    }

    /** The median time of a request, in milliseconds. */
    private static double measure(String name, Askers askers, int clients, int millis) {
        long end = System.nanoTime() + millis * 1_000_000L;
        List<CompletableFuture<List<Long>>> running = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            CompletableFuture<List<Long>> times = new CompletableFuture<>();
            Thread.ofPlatform().start(() -> {
                try {
                    times.complete(askUntil(end, askers.open()));
                } catch (IOException | RuntimeException failure) {
                    times.completeExceptionally(failure);
                }
            });
            running.add(times);
        }
        long[] nanos = running.stream()
                .flatMap(times -> times.join().stream())
                .mapToLong(Long::longValue)
                .toArray();
        Arrays.sort(nanos);
        double median = nanos[nanos.length / 2] / 1e6;
        System.out.printf(
                "%-32s %2d clients: %8.0f requests/s, median %.3f ms, 99th percentile %.3f ms%n",
                name, clients, nanos.length * 1e3 / millis, median, nanos[nanos.length * 99 / 100] / 1e6);
        return median;
    }

    private static List<Long> askUntil(long end, Asker asker) throws IOException {
        List<Long> nanos = new ArrayList<>();
        while (System.nanoTime() < end) {
            long start = System.nanoTime();
            asker.ask();
            nanos.add(System.nanoTime() - start);
        }
        return nanos;
    }

    private static void direct(ManagedChannel channel, int tokens) {
        TokenIds prompt = TokenIds.newBuilder()
                .addAllIds(TokenizerGrpc.newBlockingStub(channel)
                        .encodeChat(EncodeChatRequest.newBuilder()
                                .setModel(FakeBackend.TINY)
                                .addMessages(ChatMessage.newBuilder()
                                        .setRole("user")
                                        .addContent(ContentPart.newBuilder().setText("Hello")))
                                .build())
                        .getIdsList())
                .build();
        InferenceGrpc.newBlockingStub(channel)
                .generate(GenerateRequest.newBuilder()
                        .setModel(FakeBackend.TINY)
                        .addPrompt(PromptPart.newBuilder().setIds(prompt))
                        .setStop(StopConditions.newBuilder().setMaxTokens(tokens))
                        .build())
                .forEachRemaining(_ -> {});
    }

    /** A connection that asks the same again and again, and reads just enough to know where an answer ends. */
    private static final class HttpAsker implements Asker {
        private final Socket socket;
        private final InputStream in;
        private final byte[] request;
        private final byte[] buffer = new byte[1 << 16];
        private final byte[] ending;

        HttpAsker(int port, int tokens, boolean streamed) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            String body = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"max_tokens\":"
                    + tokens + ",\"stream\":" + streamed + "}";
            request = ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            + "Authorization: Bearer " + RunningGateway.KEY + "\r\nContent-Length: " + body.length()
                            + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII);
            ending = (streamed ? "0\r\n\r\n" : "}}").getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public void ask() throws IOException {
            socket.getOutputStream().write(request);
            byte[] last = new byte[ending.length];
            while (!Arrays.equals(last, ending)) {
                int read = in.read(buffer);
                if (read < 0) {
                    throw new UncheckedIOException(new IOException("the gateway closed the connection"));
                }
                int kept = Math.min(read, last.length);
                System.arraycopy(last, kept, last, 0, last.length - kept);
                System.arraycopy(buffer, read - kept, last, last.length - kept, kept);
            }
        }
    }
}
