package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.Embedding;
import dev.millrace.gateway.generation.Embedder;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.ServedModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code POST /v1/embeddings}: each input as one vector of length 1. */
@RestController
final class EmbeddingController {
    private final Dispatch dispatch;
    private final PromptEncoder encoder;
    private final Embedder embedder;
    private final Json json;

    record EmbeddingList(String object, List<Item> data, String model, EmbeddingUsage usage) {}

    /**
     * @param embedding numbers, or base64 of float32, little endian
     */
    record Item(String object, int index, Object embedding) {}

    record EmbeddingUsage(int promptTokens, int totalTokens) {}

    EmbeddingController(Dispatch dispatch, PromptEncoder encoder, Embedder embedder, Json json) {
        this.dispatch = dispatch;
        this.encoder = encoder;
        this.embedder = embedder;
        this.json = json;
    }

    @PostMapping("/v1/embeddings")
    Mono<Void> create(ServerWebExchange exchange) {
        return dispatch.answer(exchange, (context, engines, fields) -> answer(exchange, context, engines, fields));
    }

    private Mono<Void> answer(
            ServerWebExchange exchange, RequestContext context, Route.Engines engines, Fields fields) {
        Prompts inputs = Prompts.read(fields, "input", engines.model());
        boolean base64 = base64(fields);
        checkDimensions(fields, engines.model());
        fields.accept(Set.of("user"));
        fields.refuseOthers();
        return encoder.encode(inputs, engines.model().name(), PromptEncoder.Specials.AS_TEXT)
                .flatMap(prompts -> embedder.embed(
                        context,
                        engines,
                        EmbedRequest.newBuilder()
                                .addAllInputs(prompts)
                                .setNormalize(true)
                                .build(),
                        headers -> exchange.getResponse().getHeaders().setAll(headers)))
                .map(vectors -> list(vectors, engines.model().name(), base64))
                .flatMap(list -> json.write(exchange, list));
    }

    private static boolean base64(Fields fields) {
        String format = fields.string("encoding_format").orElse("float");
        return switch (format) {
            case "float" -> false;
            case "base64" -> true;
            default ->
                throw Refusal.invalid(
                                "encoding_format",
                                "encoding_format must be float or base64, was \"" + Fields.shorten(format) + "\"")
                        .exception();
        };
    }

    /** Vectors are only cut for models that were trained for it, and none here says so. */
    private static void checkDimensions(Fields fields, ServedModel model) {
        fields.integer("dimensions", 1, Integer.MAX_VALUE).ifPresent(dimensions -> {
            if (dimensions != model.width()) {
                throw Refusal.invalid(
                                "dimensions",
                                "this model's embeddings have " + model.width()
                                        + " dimensions, and it does not support others: dimensions was " + dimensions)
                        .exception();
            }
        });
    }

    private static EmbeddingList list(EmbedResponse vectors, String model, boolean base64) {
        List<Item> items = new ArrayList<>(vectors.getEmbeddingsCount());
        for (int i = 0; i < vectors.getEmbeddingsCount(); i++) {
            Embedding vector = vectors.getEmbeddings(i);
            items.add(new Item("embedding", i, base64 ? base64(vector) : vector.getValuesList()));
        }
        int tokens = vectors.getPromptTokens();
        return new EmbeddingList("list", items, model, new EmbeddingUsage(tokens, tokens));
    }

    private static String base64(Embedding vector) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Float.BYTES * vector.getValuesCount()).order(ByteOrder.LITTLE_ENDIAN);
        vector.getValuesList().forEach(bytes::putFloat);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
