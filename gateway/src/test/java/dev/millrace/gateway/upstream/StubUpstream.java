package dev.millrace.gateway.upstream;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** Another server, over a real socket, that does as it is told. */
final class StubUpstream implements AutoCloseable {
    private static final Duration STOPPED = Duration.ofSeconds(30);

    // Its own: a gateway that closes in this process ends the shared ones, a server's among them.
    private final LoopResources loops = LoopResources.create("upstream", 2, true);
    private final DisposableServer server;
    final Queue<Seen> seen = new ConcurrentLinkedQueue<>();

    /** A request as it came. */
    record Seen(String path, String authorization, String requestId, String body) {}

    /**
     * @param answers what to do with a request's body
     */
    StubUpstream(Function<String, Function<HttpServerResponse, Publisher<Void>>> answers) {
        server = HttpServer.create()
                .runOn(loops)
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> request.receive()
                        .aggregate()
                        .asString()
                        .defaultIfEmpty("")
                        .flatMap(body -> {
                            seen.add(new Seen(
                                    request.uri(),
                                    String.valueOf(request.requestHeaders().get("authorization")),
                                    String.valueOf(request.requestHeaders().get("x-request-id")),
                                    body));
                            return Mono.from(answers.apply(body).apply(response));
                        }))
                .bindNow();
    }

    /** One that answers the same at once, and remembers nothing. */
    static DisposableServer instant(String answer) {
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> request.receive()
                        .then(Mono.defer(() -> response.header("content-type", "application/json")
                                .header("content-length", Integer.toString(bytes.length))
                                .sendObject(Unpooled.wrappedBuffer(bytes))
                                .then())))
                .bindNow();
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.disposeNow(STOPPED);
        loops.disposeLater(Duration.ZERO, STOPPED).block(STOPPED);
    }
}
