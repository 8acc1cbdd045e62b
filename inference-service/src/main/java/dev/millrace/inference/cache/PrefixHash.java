package dev.millrace.inference.cache;

import java.nio.ByteBuffer;

/**
 * Names a prompt's prefix that ends with a block: SHA-256 over the parent's hash, the block's ids and what else decides
 * its keys and values. Cryptographic because a stranger chooses the ids: no one may make up a prompt that hits another's
 * blocks.
 */
public record PrefixHash(long a, long b, long c, long d) {
    static final int BYTES = 32;

    static PrefixHash of(byte[] digest) {
        ByteBuffer buffer = ByteBuffer.wrap(digest);
        return new PrefixHash(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    void putInto(ByteBuffer buffer) {
        buffer.putLong(a).putLong(b).putLong(c).putLong(d);
    }
}
