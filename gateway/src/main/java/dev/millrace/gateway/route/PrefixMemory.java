package dev.millrace.gateway.route;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Optional;

/**
 * Which replica was sent which prompts lately, in the blocks that engines cache by. A replica's own cache is not asked:
 * what it was sent last, it most likely still holds.
 */
final class PrefixMemory {
    /** Of a prompt's blocks, what must be known for a replica to be preferred: a shared opening alone draws nobody. */
    private static final double ENOUGH = 0.5;

    private static final int MOST_BLOCKS = 200_000;

    private final Cache<Long, Replica> blocks =
            Caffeine.newBuilder().maximumSize(MOST_BLOCKS).build();

    /** The replica among these that was sent the longest beginning of the prompt, if that is half of it or more. */
    Optional<Replica> find(long[] prompt, List<Replica> replicas) {
        for (int known = prompt.length; known > 0 && known >= prompt.length * ENOUGH; known--) {
            Replica replica = blocks.getIfPresent(prompt[known - 1]);
            if (replica != null && replicas.contains(replica)) {
                return Optional.of(replica);
            }
        }
        return Optional.empty();
    }

    void remember(long[] prompt, Replica replica) {
        for (long block : prompt) {
            blocks.put(block, replica);
        }
    }

    /** One hash for each whole block, of all ids up to its end. */
    static long[] hashes(String model, int[] ids, int blockTokens) {
        long[] hashes = new long[ids.length / Math.max(1, blockTokens)];
        long hash = model.hashCode();
        for (int block = 0; block < hashes.length; block++) {
            for (int i = block * blockTokens; i < (block + 1) * blockTokens; i++) {
                // the multiplier and shift of SplitMix64
                hash = (hash ^ ids[i]) * 0xBF58476D1CE4E5B9L;
                hash ^= hash >>> 27;
            }
            hashes[block] = hash;
        }
        return hashes;
    }
}
