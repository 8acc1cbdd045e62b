package dev.millrace.gateway.request;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Why a request is not served. Each edge turns it into its own kind of error in one place.
 *
 * @param message what was wrong, with the value, and what would be right
 * @param code OpenAI's {@code error.code}, for programs
 * @param param the field at fault
 * @param headers further HTTP headers of the answer
 */
public record Refusal(
        Kind kind,
        String message,
        Optional<String> code,
        Optional<String> param,
        Optional<Duration> retryAfter,
        Map<String, String> headers) {
    /** The kinds that a client can tell apart by the status alone. */
    public enum Kind {
        INVALID(400),
        UNAUTHENTICATED(401),
        FORBIDDEN(403),
        NOT_FOUND(404),
        METHOD_NOT_ALLOWED(405),
        TIMEOUT(408),
        TOO_LARGE(413),
        URL_TOO_LONG(414),
        UNSUPPORTED_MEDIA_TYPE(415),
        RATE_LIMITED(429),
        HEADERS_TOO_LARGE(431),
        CLIENT_GONE(499),
        BROKEN(500),
        OVERLOADED(503);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        /** The HTTP status. */
        public int status() {
            return status;
        }
    }

    /** What a message shows of a name that it was given. */
    private static final int LONGEST_SHOWN = 100;

    public Refusal {
        headers = Map.copyOf(headers);
    }

    public static Refusal of(Kind kind, String code, String message) {
        return new Refusal(kind, message, Optional.of(code), Optional.empty(), Optional.empty(), Map.of());
    }

    /** A value that cannot be meant. */
    public static Refusal invalid(String param, String message) {
        return of(Kind.INVALID, "invalid_value", message).at(param);
    }

    public static Refusal unknownModel(String model) {
        return of(
                        Kind.NOT_FOUND,
                        "model_not_found",
                        "the model '"
                                + (model.length() > LONGEST_SHOWN ? model.substring(0, LONGEST_SHOWN) + "..." : model)
                                + "' does not exist or your key does not open it: GET /v1/models lists those"
                                + " that it opens")
                .at("model");
    }

    public static Refusal overloaded(String code, String message, Duration retryAfter) {
        return of(Kind.OVERLOADED, code, message).after(retryAfter);
    }

    public Refusal at(String param) {
        return new Refusal(kind, message, code, Optional.of(param), retryAfter, headers);
    }

    public Refusal after(Duration retryAfter) {
        return new Refusal(kind, message, code, param, Optional.of(retryAfter), headers);
    }

    public Refusal with(Map<String, String> headers) {
        return new Refusal(kind, message, code, param, retryAfter, headers);
    }

    /** The same, to be thrown or signalled. */
    public RefusedException exception() {
        return new RefusedException(this);
    }
}
