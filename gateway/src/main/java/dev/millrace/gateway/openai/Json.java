package dev.millrace.gateway.openai;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Writes answers: one JSON object, or server-sent events of them. */
@Component
public final class Json {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);
    /** Of most events; a buffer grows where one is larger. */
    private static final int EVENT_BYTES = 320;

    private static final MediaType EVENTS = MediaType.parseMediaType("text/event-stream;charset=UTF-8");

    private final JsonMapper mapper = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    /** Answers 200 with one object. */
    public Mono<Void> write(ServerWebExchange exchange, Object answer) {
        return write(exchange.getResponse(), answer);
    }

    public Mono<Void> write(ServerWebExchange exchange, Mono<?> answer) {
        return answer.flatMap(value -> write(exchange, value));
    }

    Mono<Void> write(ServerHttpResponse response, Object answer) {
        return Mono.defer(() -> {
            byte[] bytes = mapper.writeValueAsBytes(answer);
            response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
            response.getHeaders().setContentLength(bytes.length);
            return response.writeWith(Mono.just(response.bufferFactory().wrap(bytes)));
        });
    }

    /**
     * Answers 200 with one event for each object, as they come, and OpenAI's mark of the end. An error before the first
     * object is signalled, so that it becomes a status; a later one is the last event.
     *
     * @param answers those that come at one time; they are sent at one time
     */
    Mono<Void> stream(ServerWebExchange exchange, Flux<? extends List<?>> answers) {
        ServerHttpResponse response = exchange.getResponse();
        Flux<DataBuffer> events = answers.filter(together -> !together.isEmpty())
                .<DataBuffer>map(together -> events(response, together))
                .concatWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(DONE)))
                .switchOnFirst((first, all) -> first.isOnError()
                        ? all
                        : all.onErrorResume(failure -> Mono.fromSupplier(
                                () -> events(response, List.of(Errors.body(Errors.refusal(failure, exchange)))))));
        return stream(response, events);
    }

    /**
     * The same for a response, whose events have names, and whose last one is the end. An error before the first is
     * signalled; a later one is for the writer of the events.
     */
    Mono<Void> streamResponse(ServerWebExchange exchange, Flux<List<ResponseEvent>> answers) {
        ServerHttpResponse response = exchange.getResponse();
        return stream(
                response, answers.filter(together -> !together.isEmpty()).map(together -> named(response, together)));
    }

    private static Mono<Void> stream(ServerHttpResponse response, Flux<DataBuffer> events) {
        response.getHeaders().setContentType(EVENTS);
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-cache");
        // nginx would hold events back
        response.getHeaders().set("X-Accel-Buffering", "no");
        return response.writeAndFlushWith(events.map(Mono::just));
    }

    private DataBuffer named(ServerHttpResponse response, List<ResponseEvent> answers) {
        DataBuffer buffer = response.bufferFactory().allocateBuffer(EVENT_BYTES * answers.size());
        for (ResponseEvent answer : answers) {
            buffer.write(("event: " + answer.type() + "\n").getBytes(StandardCharsets.US_ASCII));
            buffer.write(DATA).write(mapper.writeValueAsBytes(answer)).write(END);
        }
        return buffer;
    }

    /** An answer as it is kept. */
    String text(Object answer) {
        return mapper.writeValueAsString(answer);
    }

    JsonNode tree(String json) {
        return mapper.readTree(json);
    }

    byte[] bytes(Object answer) {
        return mapper.writeValueAsBytes(answer);
    }

    private DataBuffer events(ServerHttpResponse response, List<?> answers) {
        DataBuffer buffer = response.bufferFactory().allocateBuffer(EVENT_BYTES * answers.size());
        for (Object answer : answers) {
            buffer.write(DATA).write(mapper.writeValueAsBytes(answer)).write(END);
        }
        return buffer;
    }
}
