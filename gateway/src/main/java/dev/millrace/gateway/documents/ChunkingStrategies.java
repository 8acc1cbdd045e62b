package dev.millrace.gateway.documents;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.contracts.v1.Chunking;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.request.Refusal;
import java.util.Optional;

/** How a file is cut: {@code auto}, which is 800 tokens with 400 shared, or {@code static}. */
final class ChunkingStrategies {
    private static final int LEAST_TOKENS = 100;
    private static final int MOST_TOKENS = 4_096;

    private ChunkingStrategies() {}

    record Strategy(String type, @JsonProperty("static") Sizes sizes) {}

    record Sizes(int maxChunkSizeTokens, int chunkOverlapTokens) {}

    /** Empty for {@code auto}. */
    static Optional<Chunking> read(Fields fields, String name) {
        return fields.object(name).flatMap(strategy -> {
            String type = strategy.requiredString("type");
            Optional<Chunking> chunking = switch (type) {
                case "auto" -> Optional.empty();
                case "static" ->
                    Optional.of(sizes(strategy.object("static").orElseThrow(() -> strategy.missing("static"))));
                default ->
                    throw Refusal.invalid(
                                    strategy.at("type"),
                                    strategy.at("type") + " must be auto or static, was \"" + Fields.shorten(type)
                                            + "\"")
                            .exception();
            };
            strategy.refuseOthers();
            return chunking;
        });
    }

    private static Chunking sizes(Fields sizes) {
        int most = sizes.integer("max_chunk_size_tokens", LEAST_TOKENS, MOST_TOKENS)
                .orElseThrow(() -> sizes.missing("max_chunk_size_tokens"));
        int overlap = sizes.integer("chunk_overlap_tokens", 0, MOST_TOKENS)
                .orElseThrow(() -> sizes.missing("chunk_overlap_tokens"));
        sizes.refuseOthers();
        if (overlap > most / 2) {
            throw Refusal.invalid(
                            sizes.at("chunk_overlap_tokens"),
                            sizes.at("chunk_overlap_tokens") + " must be at most half of max_chunk_size_tokens ("
                                    + most / 2 + "), was " + overlap)
                    .exception();
        }
        return Chunking.newBuilder()
                .setMaxTokens(most)
                .setOverlapTokens(overlap)
                .build();
    }

    static Strategy shown(Chunking chunking) {
        return new Strategy("static", new Sizes(chunking.getMaxTokens(), chunking.getOverlapTokens()));
    }
}
