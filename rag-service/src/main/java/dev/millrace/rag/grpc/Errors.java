package dev.millrace.rag.grpc;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong as gRPC statuses, each with an ErrorInfo: its reason is the code that a REST client sees. */
final class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
    private static final String DOMAIN = "millrace.dev";

    private Errors() {}

    static StatusRuntimeException collectionNotFound(String id) {
        return error(
                Code.NOT_FOUND, "collection_not_found", "collection_id", "there is no vector store \"" + id + "\"");
    }

    static StatusRuntimeException documentNotFound(String id) {
        return error(
                Code.NOT_FOUND,
                "document_not_found",
                "document_id",
                "there is no document \"" + id + "\" in this vector store");
    }

    static StatusRuntimeException batchNotFound(String id) {
        return error(Code.NOT_FOUND, "batch_not_found", "batch_id", "there is no batch \"" + id + "\"");
    }

    static StatusRuntimeException collectionExpired(String id) {
        return error(
                Code.FAILED_PRECONDITION,
                "collection_expired",
                "collection_id",
                "the vector store \"" + id + "\" has expired, and its documents are deleted: make another one");
    }

    static StatusRuntimeException invalidValue(String param, String message) {
        return error(Code.INVALID_ARGUMENT, "invalid_value", param, message);
    }

    static StatusRuntimeException noCheck() {
        return error(
                Code.FAILED_PRECONDITION,
                "check_unavailable",
                "",
                "this build has no model to check with: check/check.onnx and check/check.json aren't in its jar");
    }

    static StatusRuntimeException fileTooLarge(long limit) {
        return error(
                Code.RESOURCE_EXHAUSTED,
                "file_too_large",
                "content",
                "the file has more than " + limit + " bytes, which is the limit");
    }

    /** A store or the broker; the same call may succeed later. */
    static StatusRuntimeException away(RuntimeException e) {
        LOG.warn("a call failed: {}", e.getMessage());
        return error(Code.UNAVAILABLE, "store_unavailable", "", "a store can't be reached: try again in a moment");
    }

    /** For what nobody expected: the log has it all, the caller only that it was our fault. */
    static StatusRuntimeException bug(Exception e) {
        LOG.error("a call failed", e);
        return error(Code.INTERNAL, "internal_error", "", "the service failed; its log says why");
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
