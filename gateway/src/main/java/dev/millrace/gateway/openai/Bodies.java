package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads JSON bodies, up to a bound. */
@Component
public final class Bodies {
    private static final int MAX_DEPTH = 64;

    private final int maxBytes;
    private final Duration timeout;
    private final JsonMapper mapper = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    Bodies(HttpBounds bounds) {
        this.maxBytes = Math.toIntExact(bounds.maxBody().toBytes());
        this.timeout = bounds.bodyTimeout();
    }

    /** The body of a request; an error signal where it is too large, encoded, or no JSON object. */
    public Mono<Body> read(ServerWebExchange exchange) {
        return Mono.defer(() -> {
            checkHeaders(exchange.getRequest());
            return DataBufferUtils.join(exchange.getRequest().getBody(), maxBytes)
                    .onErrorMap(
                            DataBufferLimitException.class,
                            _ -> tooLarge("this one has more").exception())
                    .timeout(timeout)
                    .onErrorMap(TimeoutException.class, _ -> tooSlow().exception())
                    .map(Bodies::bytes)
                    .defaultIfEmpty(new byte[0])
                    .map(bytes -> new Body(bytes, parse(bytes)));
        });
    }

    private void checkHeaders(ServerHttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        if (headers.getContentLength() > maxBytes) {
            throw tooLarge("this one has " + headers.getContentLength()).exception();
        }
        String encoding = headers.getFirst(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Refusal.of(
                            Kind.UNSUPPORTED_MEDIA_TYPE,
                            "unsupported_content_encoding",
                            "bodies are taken uncompressed, this one had content-encoding " + Fields.shorten(encoding))
                    .exception();
        }
        String type = headers.getFirst(HttpHeaders.CONTENT_TYPE);
        if (type != null && !isJson(type)) {
            throw Refusal.of(
                            Kind.UNSUPPORTED_MEDIA_TYPE,
                            "unsupported_content_type",
                            "content-type must be application/json, was " + Fields.shorten(type))
                    .exception();
        }
    }

    private static boolean isJson(String type) {
        try {
            return MediaType.parseMediaType(type).isCompatibleWith(MediaType.APPLICATION_JSON);
        } catch (InvalidMediaTypeException _) {
            return false;
        }
    }

    private Refusal tooLarge(String had) {
        return Refusal.of(
                Kind.TOO_LARGE,
                "request_too_large",
                "a request's body may have " + maxBytes + " bytes at most, " + had);
    }

    private Refusal tooSlow() {
        return Refusal.of(
                Kind.TIMEOUT,
                "request_timeout",
                "the request's body did not arrive within " + timeout.toMillis() + " ms: send it faster");
    }

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    private ObjectNode parse(byte[] bytes) {
        JsonNode root;
        try {
            root = mapper.readTree(bytes);
        } catch (JacksonException malformed) {
            throw notJson(malformed).exception();
        }
        if (root instanceof ObjectNode object) {
            return object;
        }
        throw Refusal.of(
                        Kind.INVALID,
                        "invalid_json",
                        "the body must be a JSON object, was " + (root.isMissingNode() ? "empty" : Fields.shown(root)))
                .exception();
    }

    private static Refusal notJson(JacksonException malformed) {
        String where = malformed.getLocation() == null
                ? ""
                : " (line " + malformed.getLocation().getLineNr() + ", column "
                        + malformed.getLocation().getColumnNr() + ")";
        return Refusal.of(
                Kind.INVALID,
                "invalid_json",
                "the body is not valid JSON" + where + ": " + Fields.shorten(malformed.getOriginalMessage()));
    }
}
