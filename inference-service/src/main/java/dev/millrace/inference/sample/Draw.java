package dev.millrace.inference.sample;

/**
 * Random numbers that depend on nothing but what they are for: the same seed, choice and position give the same number
 * whatever else runs. SplitMix64's finaliser over a counter.
 *
 * @see <a href="https://doi.org/10.1145/2714064.2660195">Fast splittable pseudorandom number generators</a>
 */
final class Draw {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Draw() {}

    /** A number from 0, included, to 1, not included. */
    static double uniform(long seed, int choice, int position) {
        long mixed = mix(mix(mix(seed + GOLDEN) ^ choice) + GOLDEN * position);
        return (mixed >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
