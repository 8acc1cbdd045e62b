package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** The one place where a failure becomes an HTTP answer, in OpenAI's shape. */
@Component
// before Spring's own answer to errors
@Order(-2)
final class Errors implements WebExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

    record Body(Details error) {}

    record Details(String message, String type, Optional<String> param, Optional<String> code) {}

    private final Json json;

    Errors(Json json) {
        this.json = json;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            return Mono.error(failure);
        }
        Refusal refusal = refusal(failure, exchange);
        HttpHeaders headers = response.getHeaders();
        headers.remove(HttpHeaders.CACHE_CONTROL);
        refusal.headers().forEach(headers::set);
        refusal.retryAfter().ifPresent(wait -> {
            headers.set(
                    HttpHeaders.RETRY_AFTER,
                    Long.toString(Math.max(1, wait.plusMillis(999).toSeconds())));
            headers.set("retry-after-ms", Long.toString(wait.toMillis()));
        });
        response.setStatusCode(HttpStatusCode.valueOf(refusal.kind().status()));
        return json.write(response, body(refusal));
    }

    static Body body(Refusal refusal) {
        return new Body(new Details(refusal.message(), type(refusal), refusal.param(), refusal.code()));
    }

    private static String type(Refusal refusal) {
        return switch (refusal.kind()) {
            case INVALID,
                    NOT_FOUND,
                    METHOD_NOT_ALLOWED,
                    TIMEOUT,
                    TOO_LARGE,
                    URL_TOO_LONG,
                    UNSUPPORTED_MEDIA_TYPE,
                    HEADERS_TOO_LARGE,
                    CLIENT_GONE -> "invalid_request_error";
            case UNAUTHENTICATED -> "authentication_error";
            case FORBIDDEN -> "permission_error";
            case RATE_LIMITED ->
                refusal.code().filter("insufficient_quota"::equals).isPresent()
                        ? "insufficient_quota"
                        : "rate_limit_error";
            case BROKEN -> "server_error";
            case OVERLOADED -> "overloaded_error";
        };
    }

    /** What a client is told of a failure; what it is not told goes to the log, under the request's id. */
    static Refusal refusal(Throwable failure, ServerWebExchange exchange) {
        String path = exchange.getRequest().getMethod() + " "
                + Fields.shorten(exchange.getRequest().getPath().value());
        return switch (failure) {
            case RefusedException refused -> refused.refusal();
            case MethodNotAllowedException method ->
                Refusal.of(
                                Kind.METHOD_NOT_ALLOWED,
                                "method_not_allowed",
                                path + " is not served; this path takes " + method.getSupportedMethods())
                        .with(Map.of(
                                HttpHeaders.ALLOW,
                                String.join(
                                        ", ",
                                        method.getSupportedMethods().stream()
                                                .map(Object::toString)
                                                .toList())));
            case ResponseStatusException status
            when status.getStatusCode().value() == 404 ->
                Refusal.of(Kind.NOT_FOUND, "unknown_url", "unknown request URL: " + path + "; see /openapi.json");
            case ResponseStatusException status
            when status.getStatusCode().is4xxClientError() ->
                Refusal.of(
                        Kind.INVALID,
                        "invalid_request",
                        Optional.ofNullable(status.getReason()).orElse("the request is malformed"));
            default -> {
                LOG.error("request {} failed: {}", RequestIds.of(exchange), path, failure);
                yield Refusal.of(
                        Kind.BROKEN,
                        "server_error",
                        "the request failed inside the gateway; its id is " + RequestIds.of(exchange));
            }
        };
    }
}
