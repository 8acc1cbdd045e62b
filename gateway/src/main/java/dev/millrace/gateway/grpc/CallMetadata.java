package dev.millrace.gateway.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.stereotype.Component;

/** Takes the key and the request's id from a call's metadata, and sends the id back with whatever answer. */
@Component
@GlobalServerInterceptor
final class CallMetadata implements ServerInterceptor {
    static final Context.Key<Optional<String>> AUTHORIZATION = Context.key("authorization");
    static final Context.Key<String> REQUEST_ID = Context.key("x-request-id");

    private static final Metadata.Key<String> AUTHORIZATION_ENTRY =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> REQUEST_ID_ENTRY =
            Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER);
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        // usage counts each id once: a client's own goes back to it, and no further
        String id = "req_" + UUID.randomUUID().toString().replace("-", "");
        String shown = Optional.ofNullable(headers.get(REQUEST_ID_ENTRY))
                .filter(own -> SANE.matcher(own).matches())
                .orElse(id);
        Context context = Context.current()
                .withValue(AUTHORIZATION, Optional.ofNullable(headers.get(AUTHORIZATION_ENTRY)))
                .withValue(REQUEST_ID, id);
        return Contexts.interceptCall(context, new Identified<>(call, shown), headers, next);
    }

    private static final class Identified<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final String id;

        Identified(ServerCall<Q, A> call, String id) {
            super(call);
            this.id = id;
        }

        @Override
        public void sendHeaders(Metadata headers) {
            headers.put(REQUEST_ID_ENTRY, id);
            super.sendHeaders(headers);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            trailers.put(REQUEST_ID_ENTRY, id);
            super.close(status, trailers);
        }
    }
}
