package dev.millrace.gateway.openai;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections whose request's body does not come to an end: one that nobody reads, such as a refused request's, or
 * one whose client has fallen silent. A body has so long in all; a file has so long from one piece to the next, and, once its
 * request is answered, a moment in which the client can see why.
 */
final class BodyGuard extends ChannelDuplexHandler {
    private static final String FILES = "/v1/files";
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Duration timeout;
    private boolean awaited;
    private boolean file;
    private long deadlineNanos;
    private Optional<Future<?>> glance = Optional.empty();

    BodyGuard(Duration timeout) {
        this.timeout = timeout;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            awaited = true;
            file = HttpMethod.POST.equals(request.method()) && request.uri().startsWith(FILES);
            extend(timeout);
        } else if (file) {
            extend(timeout);
        }
        if (message instanceof LastHttpContent) {
            awaited = false;
        }
        context.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (awaited && glance.isEmpty()) {
            look(context);
        }
        context.fireChannelReadComplete();
    }

    /** An answer that is whole before its request is. */
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof LastHttpContent && awaited && file) {
            file = false;
            extend(LINGER);
            glance.ifPresent(task -> task.cancel(false));
            look(context);
        }
        ChannelFuture _ = context.write(message, promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        glance.ifPresent(task -> task.cancel(false));
        context.fireChannelInactive();
    }

    private void extend(Duration more) {
        deadlineNanos = System.nanoTime() + more.toNanos();
    }

    /** Comes back when the time may be over: what arrives meanwhile only moves the deadline. */
    private void look(ChannelHandlerContext context) {
        long left = deadlineNanos - System.nanoTime();
        if (!awaited) {
            glance = Optional.empty();
        } else if (left <= 0) {
            glance = Optional.empty();
            ChannelFuture _ = context.close();
        } else {
            glance = Optional.of(context.executor().schedule(() -> look(context), left, TimeUnit.NANOSECONDS));
        }
    }
}
