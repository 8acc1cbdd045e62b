package dev.millrace.inference.model;

import dev.millrace.kernels.compute.KvType;
import java.util.OptionalInt;

/**
 * What a backend may use.
 *
 * @param contextLimit the most tokens that a sequence may have; empty for what the model was made for
 * @param kvType how keys and values are kept
 * @param cache how much room they get
 * @param blockTokens tokens of one cache block
 * @param maxStepTokens the most tokens that one step may hold
 */
public record BackendOptions(
        OptionalInt contextLimit, KvType kvType, CacheSize cache, int blockTokens, int maxStepTokens) {
    /** 16-bit keys and values, a gigabyte at most for the cache, blocks of 16 tokens, steps of up to 512. */
    public static final BackendOptions DEFAULT =
            new BackendOptions(OptionalInt.empty(), KvType.BF16, new CacheSize.Bytes(1L << 30), 16, 512);

    /** Room for keys and values over all layers. Rounded down to whole blocks. */
    public sealed interface CacheSize {
        record Tokens(long tokens) implements CacheSize {
            public Tokens {
                requirePositive("cache tokens", tokens);
            }
        }

        record Bytes(long bytes) implements CacheSize {
            public Bytes {
                requirePositive("cache bytes", bytes);
            }
        }
    }

    public BackendOptions {
        requirePositive("block tokens", blockTokens);
        requirePositive("step tokens", maxStepTokens);
        if (contextLimit.isPresent()) {
            requirePositive("context limit", contextLimit.getAsInt());
        }
    }

    /** These options, with another cache. */
    public BackendOptions with(CacheSize other) {
        return new BackendOptions(contextLimit, kvType, other, blockTokens, maxStepTokens);
    }

    /** These options, with keys and values kept otherwise. */
    public BackendOptions with(KvType other) {
        return new BackendOptions(contextLimit, other, cache, blockTokens, maxStepTokens);
    }

    private static void requirePositive(String what, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " must be 1 or more, was " + value);
        }
    }
}
