package dev.millrace.gateway.upstream;

import java.nio.ByteBuffer;

/** Counts an answer that is one JSON object: by its {@code usage}, else four bytes as a token. */
final class JsonTap implements Tap {
    private static final int BYTES_PER_TOKEN = 4;

    private final UsageReader reader = new UsageReader();
    private final long promptEstimate;
    private final long length;
    private long seen;

    /**
     * @param promptEstimate the prompt's tokens, where the answer doesn't say
     * @param length         the answer's bytes; negative where it isn't known
     */
    JsonTap(long promptEstimate, long length) {
        this.promptEstimate = promptEstimate;
        this.length = length;
    }

    @Override
    public void see(ByteBuffer piece) {
        seen += piece.remaining();
        reader.read(piece);
    }

    @Override
    public boolean ended() {
        return seen == length;
    }

    @Override
    public Counted counted() {
        return reader.counted().orElseGet(() -> new Counted(promptEstimate, seen / BYTES_PER_TOKEN, 0));
    }
}
