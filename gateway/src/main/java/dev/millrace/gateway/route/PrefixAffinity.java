package dev.millrace.gateway.route;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Rendezvous hashing with a bound on load. Prompts that begin with the same cache blocks go to the same replica, at every
 * gateway, without a word between gateways; when that one has a quarter more than its share, they go to the next in an
 * order that is again the same for them all, so a hot prefix comes to lie in as many caches as it needs.
 *
 * @see <a href="https://arxiv.org/abs/1608.01350">Consistent Hashing with Bounded Loads</a>
 */
final class PrefixAffinity {
    /** Blocks that decide: a system prompt's beginning, and the same through all turns of a conversation. */
    private static final int LEADING_BLOCKS = 4;

    private static final int USUAL_BLOCK_TOKENS = 16;
    private static final double MOST_OF_SHARE = 1.25;

    private PrefixAffinity() {}

    /** Those that have no more than their share of what is running, and a quarter. */
    static List<Replica> withRoom(List<Replica> replicas, ToIntFunction<Replica> running) {
        int all = replicas.stream().mapToInt(running).sum();
        int most = (int) Math.ceil(MOST_OF_SHARE * (all + 1) / replicas.size());
        List<Replica> withRoom = replicas.stream()
                .filter(replica -> running.applyAsInt(replica) < most)
                .toList();
        return withRoom.isEmpty() ? replicas : withRoom;
    }

    static Replica pick(List<Replica> replicas, int[] promptIds, int modelBlockTokens, ToIntFunction<Replica> running) {
        int blockTokens = modelBlockTokens > 0 ? modelBlockTokens : USUAL_BLOCK_TOKENS;
        int blocks = Math.min(LEADING_BLOCKS, promptIds.length / blockTokens);
        if (blocks == 0) {
            // less than a block is never cached: anyone will do
            return leastBusy(replicas, running);
        }
        long prefix = hash(promptIds, blocks * blockTokens);
        return replicas.stream()
                .max(Comparator.comparingLong(replica -> mix(prefix ^ hash(replica.address()))))
                .orElseThrow();
    }

    private static Replica leastBusy(List<Replica> replicas, ToIntFunction<Replica> running) {
        return replicas.stream().min(Comparator.comparingInt(running)).orElseThrow();
    }

    private static long hash(int[] ids, int count) {
        long hash = count;
        for (int at = 0; at < count; at++) {
            hash = mix(hash + ids[at]);
        }
        return hash;
    }

    private static long hash(String text) {
        long hash = text.length();
        for (int at = 0; at < text.length(); at++) {
            hash = mix(hash + text.charAt(at));
        }
        return hash;
    }

    /** The last step of SplitMix64: every bit of the input changes about half of the output's. */
    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
