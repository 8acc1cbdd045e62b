package dev.millrace.gateway.openai;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.WriteTimeoutHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/** Sets bounds to what a connection may take of the server: bytes, and time. */
@Component
final class Hardening implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {
    private static final int MAX_LINE_BYTES = 8 << 10;
    /** Requests that a client may send before the first is answered. */
    private static final int MAX_PIPELINED = 16;

    private static final Duration GRACE = Duration.ofSeconds(5);

    private final HttpBounds bounds;
    private final Json json;

    Hardening(HttpBounds bounds, Json json) {
        this.bounds = bounds;
        this.json = json;
    }

    @Override
    public void customize(NettyReactiveWebServerFactory factory) {
        factory.addServerCustomizers(this::bound);
    }

    private HttpServer bound(HttpServer server) {
        int maxHeaders = Math.toIntExact(bounds.maxHeaders().toBytes());
        return server.httpRequestDecoder(
                        decoder -> decoder.maxHeaderSize(maxHeaders).maxInitialLineLength(MAX_LINE_BYTES))
                .idleTimeout(bounds.idleTimeout())
                .maxPipelineDepth(MAX_PIPELINED)
                .doOnChannelInit((_, channel, _) -> guard(channel, maxHeaders));
    }

    private void guard(Channel channel, int maxHeaders) {
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addFirst(
                "writeTimeout", new WriteTimeoutHandler(bounds.writeTimeout().toMillis(), TimeUnit.MILLISECONDS));
        pipeline.addAfter(
                NettyPipeline.HttpCodec,
                "headerGuard",
                new HeaderGuard(bounds.headerTimeout(), maxHeaders, MAX_LINE_BYTES, json));
        // after the answer that says so, where there is one to come
        pipeline.addAfter(
                "headerGuard", "bodyGuard", new BodyGuard(bounds.bodyTimeout().plus(GRACE)));
    }
}
