package dev.millrace.inference.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Makes the hashes of a sequence's full blocks, each from the one before. Used by one thread. */
public final class PrefixHasher {
    private final int blockTokens;
    private final MessageDigest sha256;
    private final ByteBuffer buffer;

    public PrefixHasher(int blockTokens) {
        this.blockTokens = blockTokens;
        this.buffer = ByteBuffer.allocate(PrefixHash.BYTES + blockTokens * Integer.BYTES);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * What stands in for the parent of a first block.
     *
     * @param adapter names the content of the adapter that computes the sequence; empty for the model itself
     * @param salt prompts with another salt never share a block
     */
    public PrefixHash root(String adapter, String salt) {
        byte[] name = adapter.getBytes(StandardCharsets.UTF_8);
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(name.length).flip());
        sha256.update(name);
        return PrefixHash.of(sha256.digest(salt.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The hash of one full block.
     *
     * @param ids the sequence's ids; the block's are those from {@code from} on
     * @param extra what stands in the block beside ids: digests of embeddings; empty if nothing
     */
    public PrefixHash next(PrefixHash parent, int[] ids, int from, byte[] extra) {
        buffer.clear();
        parent.putInto(buffer);
        for (int i = 0; i < blockTokens; i++) {
            buffer.putInt(ids[from + i]);
        }
        sha256.update(buffer.array());
        return PrefixHash.of(sha256.digest(extra));
    }
}
