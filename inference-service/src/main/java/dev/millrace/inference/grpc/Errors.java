package dev.millrace.inference.grpc;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.millrace.inference.engine.Admission;
import dev.millrace.inference.engine.Failure;
import dev.millrace.inference.sample.InvalidParameterException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;

/** The one place where outcomes become gRPC statuses, each with an ErrorInfo that says the same to programs. */
final class Errors {
    private static final String DOMAIN = "millrace.dev";

    private Errors() {}

    static StatusRuntimeException of(InvalidParameterException e) {
        return invalid(e.param(), String.valueOf(e.getMessage()));
    }

    static StatusRuntimeException invalid(String param, String message) {
        return error(Code.INVALID_ARGUMENT, "invalid_value", message, Map.of("param", param));
    }

    static StatusRuntimeException of(Admission.TooLong tooLong) {
        return error(
                Code.INVALID_ARGUMENT,
                "context_length_exceeded",
                tooLong.message(),
                Map.of(
                        "param", "prompt",
                        "prompt_tokens", Integer.toString(tooLong.promptTokens()),
                        "max_tokens", Integer.toString(tooLong.maxTokens()),
                        "limit", Integer.toString(tooLong.limit())));
    }

    static StatusRuntimeException of(Admission.Busy busy) {
        return error(
                Code.RESOURCE_EXHAUSTED,
                "overloaded",
                busy.waiting() + " requests wait already, which is as many as may: try again in "
                        + busy.retryAfter().toMillis() + " ms.",
                Map.of("retry_after_millis", Long.toString(busy.retryAfter().toMillis())));
    }

    static StatusRuntimeException stopping() {
        return error(Code.UNAVAILABLE, "stopping", "The service is stopping.", Map.of());
    }

    static StatusRuntimeException unknownModel(String name, List<String> known) {
        return error(
                Code.NOT_FOUND,
                "model_not_found",
                "There is no model \"" + name + "\" here; there is: " + String.join(", ", known) + ".",
                Map.of("param", "model"));
    }

    static StatusRuntimeException loading(String name) {
        return error(
                Code.UNAVAILABLE,
                "model_loading",
                "Model \"" + name + "\" is still loading: try again in a few seconds.",
                Map.of("param", "model", "retry_after_millis", "1000"));
    }

    static StatusRuntimeException notLoaded(String name, String reason) {
        return error(
                Code.UNAVAILABLE,
                "model_failed",
                "Model \"" + name + "\" could not be loaded: " + reason,
                Map.of("param", "model"));
    }

    static StatusRuntimeException of(Failure failure) {
        return switch (failure.kind()) {
            case SLOW_CLIENT -> error(Code.ABORTED, "slow_client", failure.message(), Map.of());
            case INTERNAL -> error(Code.INTERNAL, "internal_error", failure.message(), Map.of());
            case STOPPED -> error(Code.UNAVAILABLE, "stopping", failure.message(), Map.of());
        };
    }

    private static StatusRuntimeException error(
            Code code, String reason, String message, Map<String, String> metadata) {
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain(DOMAIN)
                        .putAllMetadata(metadata)
                        .build()))
                .build());
    }
}
