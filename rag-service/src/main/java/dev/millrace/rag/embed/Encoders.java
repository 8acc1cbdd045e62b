package dev.millrace.rag.embed;

import java.util.HashMap;
import java.util.Map;

/** Encoders by name, each opened when first needed. */
public final class Encoders implements AutoCloseable {
    private final int threads;
    private final Map<String, TextEncoder> encoders = new HashMap<>();
    private final Map<String, TokenBorders> borders = new HashMap<>();

    /**
     * @param threads that one call may use
     */
    public Encoders(int threads) {
        this.threads = threads;
    }

    /**
     * @throws IllegalArgumentException if there is none of that name
     */
    public synchronized TextEncoder encoder(String model) {
        return encoders.computeIfAbsent(model, name -> new TextEncoder(EncoderModel.named(name), threads));
    }

    /**
     * @throws IllegalArgumentException if there is none of that name
     */
    public synchronized TokenBorders borders(String model) {
        return borders.computeIfAbsent(model, name -> new TokenBorders(EncoderModel.named(name)));
    }

    @Override
    public synchronized void close() {
        encoders.values().forEach(TextEncoder::close);
        borders.values().forEach(TokenBorders::close);
    }
}
