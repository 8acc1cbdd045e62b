package dev.millrace.gateway.upstream;

import dev.millrace.gateway.generation.Account;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.route.Route;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One request at another server: what it is sent, what comes back, what is counted. */
final class Passage {
    private static final Logger LOG = LoggerFactory.getLogger(Passage.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final int FIRST_ERROR = 400;

    /** What is of one connection alone, or the gateway's own to say. */
    private static final Set<String> NOT_PASSED_BACK = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "set-cookie",
            "x-request-id");

    /** Which pages may call the gateway is its own to say. */
    private static final String CROSS_ORIGIN = "access-control-";

    private final ServerHttpResponse response;
    private final Route.Server server;
    private final Demand demand;
    private final Account account;
    private Tap tap = new JsonTap(0, 0);
    private boolean ended;

    Passage(ServerHttpResponse response, Route.Server server, Demand demand, Account account) {
        this.response = response;
        this.server = server;
        this.demand = demand;
        this.account = account;
    }

    private boolean takesUsageOut() {
        return server.upstream().askUsage() && demand.streamed() && !demand.usageWasAsked();
    }

    /** The body as it goes out: the client's own bytes, unless a setting of the upstream asks for a change. */
    byte[] request(byte[] body, ObjectNode fields) {
        if (server.upstream().rename().isEmpty() && !takesUsageOut()) {
            return body;
        }
        ObjectNode changed = fields.deepCopy();
        server.upstream().rename().ifPresent(name -> changed.put("model", name));
        if (takesUsageOut()) {
            changed.withObjectProperty("stream_options").put("include_usage", true);
        }
        return JSON.writeValueAsBytes(changed);
    }

    /** Gives the answer back as it comes. */
    Mono<Void> back(HttpClientResponse answer, ByteBufFlux pieces) {
        int status = answer.status().code();
        response.setStatusCode(HttpStatusCode.valueOf(status));
        String type = answer.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE, "");
        boolean events = type.toLowerCase(Locale.ROOT).startsWith("text/event-stream");
        answer.responseHeaders().forEach(header -> {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!NOT_PASSED_BACK.contains(name) && !name.startsWith(CROSS_ORIGIN)) {
                response.getHeaders().add(header.getKey(), header.getValue());
            }
        });
        account.headers().forEach(response.getHeaders()::set);
        if (status < FIRST_ERROR) {
            begin(events, answer);
        }
        Flux<ByteBuf> seen = pieces.retain().doOnNext(piece -> see(piece, status));
        if (events && takesUsageOut()) {
            UsageFilter filter = new UsageFilter();
            seen = seen.map(filter::take).filter(ByteBuf::isReadable).concatWith(Mono.fromSupplier(filter::rest));
        }
        NettyDataBufferFactory buffers = (NettyDataBufferFactory) response.bufferFactory();
        Flux<DataBuffer> body = seen.<DataBuffer>map(buffers::wrap).doOnComplete(() -> end(status));
        return events
                ? response.writeAndFlushWith(body.onErrorResume(this::lastEvent).map(Mono::just))
                : response.writeWith(body);
    }

    private synchronized void begin(boolean events, HttpClientResponse answer) {
        tap = events
                ? new EventTap(demand.promptTokens())
                : new JsonTap(
                        demand.promptTokens(),
                        Long.parseLong(answer.responseHeaders().get("content-length", "-1")));
    }

    private synchronized void see(ByteBuf piece, int status) {
        if (status < FIRST_ERROR) {
            tap.see(piece.nioBuffer());
            if (tap.ended()) {
                // before the client has the last bytes: what it was answered is written down
                end(status);
            }
        }
    }

    /** Settles and takes note, once. */
    synchronized void end(int status) {
        if (!ended) {
            ended = true;
            Counted counted = tap.counted();
            account.add(counted.promptTokens(), counted.completionTokens(), counted.cachedTokens());
            account.close(status);
        }
    }

    /** A failure in mid-stream is the stream's last event: never a silent stop. */
    private Mono<DataBuffer> lastEvent(Throwable failure) {
        RefusedException refused = failed(failure);
        ObjectNode event = JSON.createObjectNode();
        event.putObject("error")
                .put("message", refused.refusal().message())
                .put("type", "server_error")
                .putNull("param")
                .put("code", refused.refusal().code().orElse("server_error"));
        byte[] text = ("data: " + event + "\n\n").getBytes(StandardCharsets.UTF_8);
        return Mono.just(response.bufferFactory().wrap(text));
    }

    /** What the client is told of a failure between us and the other server. */
    RefusedException failed(Throwable failure) {
        if (failure instanceof RefusedException refused) {
            return refused;
        }
        RefusedException refused = refusal(failure).exception();
        LOG.warn("{} failed the model '{}': {}", server.upstream().baseUrl(), server.model(), failure.toString());
        end(refused.refusal().kind().status());
        return refused;
    }

    private Refusal refusal(Throwable failure) {
        String who = "the server behind the model '" + server.model() + "' ";
        return switch (failure) {
            case ReadTimeoutException _ ->
                Refusal.overloaded(
                        "upstream_timeout",
                        who + "was silent for "
                                + server.upstream().silenceTimeout().toSeconds() + " s: try again",
                        SOON);
            case PoolAcquireTimeoutException _ ->
                Refusal.overloaded("upstream_overloaded", who + "has no connection free: try again", SOON);
            case IOException _ ->
                Refusal.overloaded("upstream_unavailable", who + "can't be reached, or broke off: try again", SOON);
            default -> Refusal.of(Kind.BROKEN, "server_error", "the request to " + who + "failed inside the gateway");
        };
    }
}
