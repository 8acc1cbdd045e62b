package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Answers requests that are no HTTP, or whose headers are too large, or come too slowly, and closes their connection:
 * such a request never reaches the filters. What the client goes on to send is read for a while and thrown away: closing
 * at once would reset the connection, and the client would never see why.
 */
final class HeaderGuard extends ChannelInboundHandlerAdapter {
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Duration timeout;
    private final int maxHeaderBytes;
    private final int maxLineBytes;
    private final Json json;
    private boolean betweenRequests = true;
    private boolean decodedSomething;
    private boolean refused;
    private Optional<Future<?>> deadline = Optional.empty();

    HeaderGuard(Duration timeout, int maxHeaderBytes, int maxLineBytes, Json json) {
        this.timeout = timeout;
        this.maxHeaderBytes = maxHeaderBytes;
        this.maxLineBytes = maxLineBytes;
        this.json = json;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            return;
        }
        decodedSomething = true;
        if (message instanceof HttpRequest request) {
            betweenRequests = false;
            endDeadline();
            if (request.decoderResult().isFailure()) {
                ReferenceCountUtil.release(message);
                refuse(context, malformed(request.decoderResult().cause()));
                return;
            }
        }
        if (message instanceof LastHttpContent) {
            betweenRequests = true;
        }
        context.fireChannelRead(message);
    }

    /** Bytes came, and no request came of them: its headers have begun and are not whole. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (!refused && betweenRequests && !decodedSomething && deadline.isEmpty()) {
            deadline = Optional.of(context.executor()
                    .schedule(() -> refuse(context, tooSlow()), timeout.toMillis(), TimeUnit.MILLISECONDS));
        }
        decodedSomething = false;
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        endDeadline();
        context.fireChannelInactive();
    }

    private void endDeadline() {
        deadline.ifPresent(scheduled -> scheduled.cancel(false));
        deadline = Optional.empty();
    }

    private Refusal tooSlow() {
        return Refusal.of(
                Kind.TIMEOUT,
                "request_timeout",
                "the request's headers did not arrive within " + timeout.toMillis() + " ms: send them faster");
    }

    private Refusal malformed(Throwable cause) {
        return switch (cause) {
            case TooLongHttpHeaderException _ ->
                Refusal.of(
                        Kind.HEADERS_TOO_LARGE,
                        "headers_too_large",
                        "a request's headers may have " + maxHeaderBytes + " bytes at most, these have more");
            case TooLongHttpLineException _ ->
                Refusal.of(
                        Kind.URL_TOO_LONG,
                        "url_too_long",
                        "a request's first line may have " + maxLineBytes + " bytes at most, this one has more");
            default -> Refusal.of(Kind.INVALID, "malformed_request", "this is no valid HTTP request");
        };
    }

    private void refuse(ChannelHandlerContext context, Refusal refusal) {
        refused = true;
        ByteBuf body = Unpooled.wrappedBuffer(json.bytes(Errors.body(refusal)));
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(refusal.kind().status()), body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CONNECTION, "close")
                .set(RequestIds.HEADER, RequestIds.fresh());
        context.writeAndFlush(response).addListener(_ -> {
            if (context.channel() instanceof DuplexChannel channel) {
                ChannelFuture _ = channel.shutdownOutput();
            }
            deadline = Optional.of(
                    context.executor().schedule(() -> close(context), LINGER.toMillis(), TimeUnit.MILLISECONDS));
        });
    }

    private static void close(ChannelHandlerContext context) {
        ChannelFuture _ = context.close();
    }
}
