package dev.millrace.gateway.backend;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** What a service behind the gateway answered in place of a result, as a refusal for the client. */
final class Failures {
    private static final Duration SOON = Duration.ofSeconds(1);

    private Failures() {}

    /**
     * A service, and what is said while it can't be reached.
     *
     * @param code  OpenAI's {@code error.code}
     * @param names what its codes and parameters are called at this door, where that is something else
     */
    record Peer(String code, String unreachable, Map<String, String> names) {
        static final Peer ENGINE = new Peer("overloaded", "the model's engine cannot be reached: try again", Map.of());

        /** One that starts after the gateway answers. */
        static Peer late(String name, Map<String, String> names) {
            return new Peer(
                    "service_starting", "the " + name + " is still starting, or cannot be reached: try again", names);
        }

        String named(String name) {
            return names.getOrDefault(name, name);
        }
    }

    static Throwable refused(Throwable failure, Peer peer) {
        return failure instanceof StatusRuntimeException || failure instanceof StatusException
                ? refusal(failure, peer).exception()
                : failure;
    }

    private static Refusal refusal(Throwable failure, Peer peer) {
        Status status = Status.fromThrowable(failure);
        Optional<ErrorInfo> info = errorInfo(failure);
        Map<String, String> metadata = info.map(ErrorInfo::getMetadataMap).orElse(Map.of());
        Refusal refusal = refusal(
                status,
                peer,
                info.map(ErrorInfo::getReason)
                        .filter(reason -> !reason.isEmpty())
                        .map(peer::named),
                Optional.ofNullable(metadata.get("retry_after_millis"))
                        .map(millis -> Duration.ofMillis(Long.parseLong(millis)))
                        .orElse(SOON));
        return Optional.ofNullable(metadata.get("param"))
                .map(peer::named)
                .map(refusal::at)
                .orElse(refusal);
    }

    private static Refusal refusal(Status status, Peer peer, Optional<String> reason, Duration retryAfter) {
        String message = Optional.ofNullable(status.getDescription()).orElse("no reason was given");
        return switch (status.getCode()) {
            case INVALID_ARGUMENT, OUT_OF_RANGE, FAILED_PRECONDITION, ALREADY_EXISTS, UNIMPLEMENTED ->
                Refusal.of(Kind.INVALID, reason.orElse("invalid_value"), message);
            case NOT_FOUND -> Refusal.of(Kind.NOT_FOUND, reason.orElse("model_not_found"), message);
            case RESOURCE_EXHAUSTED -> Refusal.overloaded(reason.orElse("overloaded"), message, retryAfter);
            case UNAVAILABLE ->
                Refusal.overloaded(
                        reason.orElse(peer.code()), reason.isPresent() ? message : peer.unreachable(), retryAfter);
            case CANCELLED, ABORTED, DEADLINE_EXCEEDED ->
                Refusal.of(Kind.BROKEN, "server_error", "the engine broke off the request: try again");
            // what went wrong inside is for the log, not for the client
            case UNKNOWN, INTERNAL, DATA_LOSS, PERMISSION_DENIED, UNAUTHENTICATED, OK ->
                Refusal.of(Kind.BROKEN, "server_error", "the request failed inside the platform: try again");
        };
    }

    private static Optional<ErrorInfo> errorInfo(Throwable failure) {
        com.google.rpc.@org.jspecify.annotations.Nullable Status details = StatusProto.fromThrowable(failure);
        if (details == null) {
            return Optional.empty();
        }
        return details.getDetailsList().stream()
                .filter(detail -> detail.is(ErrorInfo.class))
                .findFirst()
                .flatMap(Failures::unpack);
    }

    private static Optional<ErrorInfo> unpack(Any detail) {
        try {
            return Optional.of(detail.unpack(ErrorInfo.class));
        } catch (InvalidProtocolBufferException _) {
            return Optional.empty();
        }
    }
}
