package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.quant.Bfloat16;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rotation, the cache and attention of every provider, held against plain arithmetic in double precision. */
final class AttentionTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Two sequences whose blocks lie scattered over a cache. */
    private record Scene(Attention shape, int blockTokens, KvType type, List<Integer> lengths) {
        static final int BLOCKS = 64;

        int total() {
            return lengths.stream().mapToInt(Integer::intValue).sum();
        }

        /** Blocks in an order that no one would guess, the cache full of NaN so that what isn't ours would show. */
        int[][] tables() {
            int[][] tables = new int[lengths.size()][];
            int next = 0;
            for (int s = 0; s < lengths.size(); s++) {
                tables[s] = new int[Math.ceilDiv(lengths.get(s), blockTokens)];
                for (int i = 0; i < tables[s].length; i++) {
                    tables[s][i] = (next++ * 37 + 5) % BLOCKS;
                }
            }
            return tables;
        }

        KvBlocks cache(Arena arena) {
            long bytes = KvBlocks.bytes(type, BLOCKS, blockTokens, shape.kvHeads(), shape.headSize());
            MemorySegment keys = arena.allocate(bytes, 64).fill((byte) 0xff);
            MemorySegment values = arena.allocate(bytes, 64).fill((byte) 0xff);
            return new KvBlocks(type, BLOCKS, blockTokens, shape.kvHeads(), shape.headSize(), keys, values);
        }
    }

    static Stream<String> providers() {
        return ProviderNames.ALL.stream();
    }

    /** Sizes that fit registers and such that don't; floats, then the same in pairs and quantized. */
    private static List<Scene> scenes() {
        List<Scene> scenes = new ArrayList<>(floats());
        for (KvType type : List.of(KvType.BF16, KvType.INT8, KvType.INT4)) {
            floats().forEach(scene -> scenes.add(new Scene(scene.shape, scene.blockTokens, type, scene.lengths)));
            scenes.add(new Scene(new Attention(3, 1, 7, 0.3f, 0), 5, type, List.of(70, 9)));
        }
        return scenes;
    }

    private static List<Scene> floats() {
        return List.of(
                new Scene(new Attention(9, 3, 64, 0.125f, 0), 16, KvType.F16, List.of(70, 33)),
                new Scene(new Attention(9, 3, 64, 0.125f, 0), 32, KvType.F32, List.of(1, 131)),
                new Scene(new Attention(4, 1, 256, 0.0625f, 24), 16, KvType.F16, List.of(90, 17)),
                new Scene(new Attention(6, 2, 128, 0.088f, 500), 16, KvType.F32, List.of(40, 40)),
                new Scene(new Attention(4, 2, 20, 0.2f, 5), 4, KvType.F16, List.of(23, 2)),
                new Scene(new Attention(8, 8, 80, 0.1f, 0), 24, KvType.F16, List.of(50, 100)));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void attention_agrees_with_double_precision(String provider) {
        try (Kernels kernels = kernels(provider, 2);
                Arena arena = Arena.ofShared()) {
            for (Scene scene : scenes()) {
                RandomInputs random = new RandomInputs(arena);
                int total = scene.total();
                Attention shape = scene.shape;
                MemorySegment queries = random.floats((long) total * shape.heads() * shape.headSize());
                MemorySegment keys = random.floats((long) total * shape.kvHeads() * shape.headSize());
                MemorySegment values = random.floats((long) total * shape.kvHeads() * shape.headSize());
                MemorySegment out = run(kernels, scene, arena, total, queries, keys, values);
                check(scene, queries, keys, values, out);
            }
        }
    }

    private static void check(
            Scene scene, MemorySegment queries, MemorySegment keys, MemorySegment values, MemorySegment out) {
        Attention shape = scene.shape;
        int size = shape.headSize();
        float[] keptKeys = kept(scene, keys);
        float[] keptValues = kept(scene, values);
        float[] rounded = queries.toArray(FLOAT);
        double tolerance = scene.type.quantized() ? 1e-2 : 2e-4;
        if (scene.type == KvType.BF16) {
            Bfloat16.round(rounded, 0, rounded.length);
            // weights are rounded too: each of them by half a step at most
            tolerance += highest(keptValues) / 512;
        }
        int first = 0;
        for (int length : scene.lengths) {
            for (int position = 0; position < length; position++) {
                for (int head = 0; head < shape.heads(); head++) {
                    int query = ((first + position) * shape.heads() + head) * size;
                    double[] expected = attend(scene, rounded, query, keptKeys, keptValues, first, position, head);
                    for (int d = 0; d < size; d++) {
                        assertThat((double) out.getAtIndex(FLOAT, query + d))
                                .as("%s position %s head %s element %s", scene, position, head, d)
                                // outliers make scores of some hundred and values of some ten
                                .isCloseTo(expected[d], within(tolerance));
                    }
                }
            }
            first += length;
        }
    }

    private static double[] attend(
            Scene scene, float[] queries, int query, float[] keys, float[] values, int first, int position, int head) {
        Attention shape = scene.shape;
        int size = shape.headSize();
        int kvHead = head * shape.kvHeads() / shape.heads();
        int lowest = shape.window() == 0 ? 0 : Math.max(0, position - shape.window() + 1);
        double[] scores = new double[position + 1];
        for (int p = lowest; p <= position; p++) {
            for (int d = 0; d < size; d++) {
                int key = ((first + p) * shape.kvHeads() + kvHead) * size + d;
                scores[p] += shape.scale() * queries[query + d] * (double) keys[key];
            }
        }
        double highest = Arrays.stream(scores, lowest, position + 1).max().orElseThrow();
        double sum = 0;
        double[] result = new double[size];
        for (int p = lowest; p <= position; p++) {
            double weight = Math.exp(scores[p] - highest);
            sum += weight;
            for (int d = 0; d < size; d++) {
                int value = ((first + p) * shape.kvHeads() + kvHead) * size + d;
                result[d] += weight * values[value];
            }
        }
        for (int d = 0; d < size; d++) {
            result[d] /= sum;
        }
        return result;
    }

    private static double highest(float[] numbers) {
        double highest = 0;
        for (float number : numbers) {
            highest = Math.max(highest, Math.abs(number));
        }
        return highest;
    }

    /** Numbers as they come back from the cache; how far from what went in, {@link QuantizedHeadTest} says. */
    private static float[] kept(Scene scene, MemorySegment data) {
        float[] result = data.toArray(FLOAT);
        int size = scene.shape.headSize();
        for (int i = 0; i < result.length && scene.type == KvType.F16; i++) {
            result[i] = Float.float16ToFloat(Float.floatToFloat16(result[i]));
        }
        if (scene.type == KvType.BF16) {
            Bfloat16.round(result, 0, result.length);
        }
        for (int i = 0; i + size <= result.length && scene.type.quantized(); i += size) {
            float[] head = Arrays.copyOfRange(result, i, i + size);
            System.arraycopy(QuantizedHeadTest.roundTrip(scene.type, head), 0, result, i, size);
        }
        return result;
    }

    @ParameterizedTest
    @MethodSource("providers")
    void attention_is_the_same_bit_by_bit_however_sequences_are_cut(String provider) {
        try (Arena arena = Arena.ofShared()) {
            for (Scene scene : scenes()) {
                RandomInputs random = new RandomInputs(arena);
                int total = scene.total();
                Attention shape = scene.shape;
                MemorySegment queries = random.floats((long) total * shape.heads() * shape.headSize());
                MemorySegment keys = random.floats((long) total * shape.kvHeads() * shape.headSize());
                MemorySegment values = random.floats((long) total * shape.kvHeads() * shape.headSize());
                MemorySegment expected = arena.allocate(queries.byteSize(), 64);
                for (int threads = 1; threads <= 3; threads++) {
                    try (Kernels kernels = kernels(provider, threads)) {
                        for (int chunk : new int[] {total, 1, 7, 16, 45}) {
                            MemorySegment out = run(kernels, scene, arena, chunk, queries, keys, values);
                            if (threads == 1 && chunk == total) {
                                expected.copyFrom(out);
                            }
                            assertThat(out.mismatch(expected))
                                    .as("%s, %s threads, chunks of %s", scene, threads, chunk)
                                    .isEqualTo(-1);
                        }
                    }
                }
            }
        }
    }

    @Test
    void attention_is_the_same_bit_by_bit_with_every_instruction_set() {
        try (Arena arena = Arena.ofShared()) {
            for (Scene scene : scenes()) {
                RandomInputs random = new RandomInputs(arena);
                int total = scene.total();
                Attention shape = scene.shape;
                MemorySegment queries = random.floats((long) total * shape.heads() * shape.headSize());
                MemorySegment keys = random.floats((long) total * shape.kvHeads() * shape.headSize());
                MemorySegment values = random.floats((long) total * shape.kvHeads() * shape.headSize());
                MemorySegment best = MemorySegment.NULL;
                for (String instructions : List.of("avx512bf16", "avx512", "avx2", "portable")) {
                    System.setProperty(NativeLibrary.INSTRUCTIONS, instructions);
                    try (Kernels kernels = kernels("native", 2)) {
                        MemorySegment out = run(kernels, scene, arena, total, queries, keys, values);
                        best = best.byteSize() == 0 ? out : best;
                        assertThat(out.mismatch(best))
                                .as("%s, %s", scene, instructions)
                                .isEqualTo(-1);
                    } finally {
                        System.clearProperty(NativeLibrary.INSTRUCTIONS);
                    }
                }
            }
        }
    }

    /** Stores and attends all tokens in steps of {@code chunk}. */
    private static MemorySegment run(
            Kernels kernels,
            Scene scene,
            Arena arena,
            int chunk,
            MemorySegment queries,
            MemorySegment keys,
            MemorySegment values) {
        KvBlocks cache = scene.cache(arena);
        MemorySegment out = arena.allocate(queries.byteSize(), 64);
        int[] sequence = new int[scene.total()];
        int[] position = new int[scene.total()];
        int token = 0;
        for (int s = 0; s < scene.lengths.size(); s++) {
            for (int p = 0; p < scene.lengths.get(s); p++) {
                sequence[token] = s;
                position[token++] = p;
            }
        }
        long queryBytes = 4L * scene.shape.heads() * scene.shape.headSize();
        long keyBytes = 4L * scene.shape.kvHeads() * scene.shape.headSize();
        for (int from = 0; from < token; from += chunk) {
            int to = Math.min(token, from + chunk);
            TokenBatch batch = new TokenBatch(
                    to - from,
                    Arrays.copyOfRange(sequence, from, to),
                    Arrays.copyOfRange(position, from, to),
                    scene.tables());
            kernels.store(keys.asSlice(from * keyBytes), values.asSlice(from * keyBytes), batch, cache);
            kernels.attend(
                    scene.shape, queries.asSlice(from * queryBytes), batch, cache, out.asSlice(from * queryBytes));
        }
        return out;
    }

    @ParameterizedTest
    @MethodSource("providers")
    void heads_are_rotated_by_their_positions(String provider) {
        try (Kernels kernels = kernels(provider, 2);
                Arena arena = Arena.ofShared()) {
            for (Rotary.Layout layout : Rotary.Layout.values()) {
                for (int rotated : new int[] {64, 48, 6}) {
                    rotate(kernels, new RandomInputs(arena), layout, rotated);
                }
            }
        }
    }

    private static void rotate(Kernels kernels, RandomInputs random, Rotary.Layout layout, int rotated) {
        int half = rotated / 2;
        int positions = 50;
        int headSize = 64;
        int heads = 3;
        int[] position = {0, 1, 49, 17};
        Rotary rotary = new Rotary(
                layout,
                rotated,
                positions,
                random.floats((long) positions * half),
                random.floats((long) positions * half));
        MemorySegment x = random.floats(4L * heads * headSize);
        float[] before = x.toArray(FLOAT);
        kernels.rotate(x, heads, headSize, new TokenBatch(4, new int[4], position, new int[][] {{0}}), rotary);
        for (int i = 0; i < before.length; i++) {
            int d = i % headSize;
            int pair = layout == Rotary.Layout.HALVES ? d % half : d / 2;
            boolean second = layout == Rotary.Layout.HALVES ? d >= half : d % 2 == 1;
            int other = (layout == Rotary.Layout.HALVES ? half : 1) * (second ? -1 : 1);
            double expected = before[i];
            double magnitude = 0;
            if (d < rotated) {
                long angle = (long) position[i / (heads * headSize)] * half + pair;
                double sine = rotary.sines().getAtIndex(FLOAT, angle);
                double kept = before[i] * (double) rotary.cosines().getAtIndex(FLOAT, angle);
                double added = (second ? 1 : -1) * before[i + other] * sine;
                expected = kept + added;
                magnitude = Math.abs(kept) + Math.abs(added);
            }
            assertThat((double) x.getAtIndex(FLOAT, i))
                    .as("%s element %s", layout, i)
                    // three roundings of half a step each
                    .isCloseTo(expected, within(2e-7 * magnitude));
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void a_step_that_leads_outside_its_memory_is_refused(String provider) {
        try (Kernels kernels = kernels(provider, 1);
                Arena arena = Arena.ofShared()) {
            Scene scene = scenes().getFirst();
            KvBlocks cache = scene.cache(arena);
            MemorySegment floats = new RandomInputs(arena).floats(4096);
            for (TokenBatch batch : List.of(
                    new TokenBatch(1, new int[] {0}, new int[] {16}, new int[][] {{0}}),
                    new TokenBatch(1, new int[] {0}, new int[] {-1}, new int[][] {{0}}),
                    new TokenBatch(1, new int[] {0}, new int[] {20}, new int[][] {{-1, 0}}),
                    new TokenBatch(1, new int[] {0}, new int[] {0}, new int[][] {{Scene.BLOCKS}}))) {
                assertThatThrownBy(() -> kernels.store(floats, floats, batch, cache))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("expected 0 to");
                assertThatThrownBy(() -> kernels.attend(scene.shape, floats, batch, cache, floats))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            Rotary rotary = new Rotary(Rotary.Layout.HALVES, 64, 10, floats, floats);
            assertThatThrownBy(() -> kernels.rotate(
                            floats, 1, 64, new TokenBatch(1, new int[1], new int[] {10}, new int[][] {{0}}), rotary))
                    .hasMessageContaining("position is 10, expected 0 to 9");
        }
    }

    private static Kernels kernels(String provider, int threads) {
        return Providers.choose(new KernelOptions(Optional.of(provider), threads, Activations.FLOAT32))
                .kernels();
    }
}
