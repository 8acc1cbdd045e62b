package dev.millrace.tokenizer.grpc;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.millrace.tokenizer.chat.ChatEncoding;
import dev.millrace.tokenizer.models.ModelState.Cause;
import dev.millrace.tokenizer.models.ModelState.Failed;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong as gRPC statuses, each with an ErrorInfo: its reason is the code that a REST client sees. */
final class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
    private static final String DOMAIN = "millrace.dev";

    private Errors() {}

    static StatusRuntimeException modelNotFound(String model) {
        return error(Code.NOT_FOUND, "model_not_found", "model", "there is no model \"" + model + "\"");
    }

    static StatusRuntimeException modelLoading(String model) {
        return error(
                Code.UNAVAILABLE,
                "model_loading",
                "model",
                "the model \"" + model + "\" is still being loaded: try again in a moment");
    }

    static StatusRuntimeException modelFailed(String model, Failed failed) {
        String reason = failed.cause() == Cause.UNSUPPORTED ? "unsupported_tokenizer" : "model_failed";
        return error(
                Code.FAILED_PRECONDITION,
                reason,
                "model",
                "the model \"" + model + "\" can't be served: " + failed.reason());
    }

    static StatusRuntimeException invalidValue(String param, String message) {
        return error(Code.INVALID_ARGUMENT, "invalid_value", param, message);
    }

    static StatusRuntimeException refused(ChatEncoding.Refused refused) {
        return switch (refused.cause()) {
            case NO_CHAT_TEMPLATE ->
                error(Code.FAILED_PRECONDITION, "no_chat_template", refused.param(), refused.reason());
            case TEMPLATE_ERROR -> error(Code.INVALID_ARGUMENT, "template_error", refused.param(), refused.reason());
            case INVALID_VALUE -> invalidValue(refused.param(), refused.reason());
        };
    }

    /** For what nobody expected: the log has it all, the caller only that it was our fault. */
    static StatusRuntimeException bug(RuntimeException e) {
        LOG.error("a call failed", e);
        return error(Code.INTERNAL, "internal_error", "", "the tokenizer failed; its log says why");
    }

    private static StatusRuntimeException error(Code code, String reason, String param, String message) {
        ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(reason).setDomain(DOMAIN);
        if (!param.isEmpty()) {
            info.putMetadata("param", param);
        }
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addDetails(Any.pack(info.build()))
                .build());
    }
}
