package dev.millrace.gateway.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.rpc.ErrorInfo;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where a failure becomes a gRPC status. */
final class Statuses {
    private static final Logger LOG = LoggerFactory.getLogger(Statuses.class);

    private Statuses() {}

    static StatusRuntimeException of(Throwable failure, String requestId, Descriptor request) {
        if (failure instanceof RefusedException refused) {
            return of(RequestFields.named(refused.refusal(), request));
        }
        LOG.error("request {} failed", requestId, failure);
        return of(Refusal.of(
                Refusal.Kind.BROKEN, "server_error", "the request failed inside the gateway; its id is " + requestId));
    }

    private static StatusRuntimeException of(Refusal refusal) {
        ErrorInfo.Builder info = ErrorInfo.newBuilder().setDomain("millrace.dev");
        refusal.code().ifPresent(info::setReason);
        refusal.param().ifPresent(param -> info.putMetadata("param", param));
        refusal.retryAfter().ifPresent(wait -> info.putMetadata("retry_after_millis", Long.toString(wait.toMillis())));
        refusal.headers().forEach(info::putMetadata);
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code(refusal.kind()).value())
                .setMessage(refusal.message())
                .addDetails(Any.pack(info.build()))
                .build());
    }

    private static Status.Code code(Refusal.Kind kind) {
        return switch (kind) {
            case INVALID, UNSUPPORTED_MEDIA_TYPE, TOO_LARGE, URL_TOO_LONG, HEADERS_TOO_LARGE ->
                Status.Code.INVALID_ARGUMENT;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case FORBIDDEN -> Status.Code.PERMISSION_DENIED;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case METHOD_NOT_ALLOWED -> Status.Code.UNIMPLEMENTED;
            case RATE_LIMITED -> Status.Code.RESOURCE_EXHAUSTED;
            case OVERLOADED -> Status.Code.UNAVAILABLE;
            case CLIENT_GONE -> Status.Code.CANCELLED;
            case TIMEOUT -> Status.Code.DEADLINE_EXCEEDED;
            case BROKEN -> Status.Code.INTERNAL;
        };
    }
}
