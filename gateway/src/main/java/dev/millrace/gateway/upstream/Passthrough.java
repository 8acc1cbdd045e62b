package dev.millrace.gateway.upstream;

import dev.millrace.gateway.generation.Account;
import dev.millrace.gateway.generation.Ledger;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.Upstream;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hands a request to another server, and its answer back as it comes, byte for byte: status, body, stream and errors are
 * the other server's. The gateway's part is the key, the limits and the count.
 */
public final class Passthrough implements AutoCloseable {
    private static final int MOST_CONNECTIONS = 1_000;
    private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);
    private static final List<String> PASSED_ON =
            List.of("accept", "content-type", "user-agent", "traceparent", "tracestate");

    private final Ledger ledger;
    private final ConnectionProvider connections = ConnectionProvider.builder("upstreams")
            .maxConnections(MOST_CONNECTIONS)
            .pendingAcquireTimeout(ACQUIRE_TIMEOUT)
            .maxIdleTime(IDLE_TIMEOUT)
            .build();
    private final Map<Upstream, HttpClient> clients = new ConcurrentHashMap<>();

    public Passthrough(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Reserves, forwards, streams the answer back, settles, and takes note of the usage. Errors of the walk are
     * signalled as {@link RefusedException}; those of the other server pass through.
     *
     * @param body what the client sent, whole
     * @param fields the same, parsed; {@code model} is a string, nothing else has been checked
     */
    public Mono<Void> forward(
            ServerWebExchange exchange, RequestContext context, Route.Server server, byte[] body, ObjectNode fields) {
        ServerHttpRequest request = exchange.getRequest();
        String path = request.getPath().value();
        return Mono.using(
                () -> {
                    Demand demand = Demand.of(
                            fields,
                            path.endsWith("/completions"),
                            server.upstream().defaultMaxTokens());
                    Account account = ledger.open(context, server.model(), demand.mostTokens(), demand.streamed());
                    return new Passage(exchange.getResponse(), server, demand, account);
                },
                passage -> clients.computeIfAbsent(server.upstream(), this::client)
                        .headers(headers -> passOn(request, context, headers))
                        .post()
                        // the base URL ends as clients write it, with /v1
                        .uri(path.substring("/v1".length()))
                        .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(passage.request(body, fields))))
                        .response(passage::back)
                        .then()
                        .onErrorMap(passage::failed),
                // where the answer has been told whole, or has failed, this does nothing
                passage -> passage.end(Kind.CLIENT_GONE.status()));
    }

    private HttpClient client(Upstream upstream) {
        return HttpClient.create(connections)
                .baseUrl(upstream.baseUrl().toString())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        upstream.connectTimeout().toMillis())
                .responseTimeout(upstream.silenceTimeout())
                .headers(headers -> upstream.apiKey()
                        .ifPresent(key -> headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + key)));
    }

    private static void passOn(ServerHttpRequest request, RequestContext context, HttpHeaders headers) {
        for (String name : PASSED_ON) {
            List<String> values = request.getHeaders().get(name);
            if (values != null) {
                headers.set(name, values);
            }
        }
        headers.set("x-request-id", context.id());
    }

    @Override
    public void close() {
        connections.dispose();
    }
}
