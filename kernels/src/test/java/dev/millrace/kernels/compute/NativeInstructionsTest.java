package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class NativeInstructionsTest {
    @AfterEach
    void forgetTheWish() {
        System.clearProperty(NativeLibrary.INSTRUCTIONS);
    }

    @Test
    void products_are_the_same_bit_by_bit_with_every_instruction_set() {
        try (Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            int tokens = 19;
            int rows = 37;
            for (Activations activations : Activations.values()) {
                for (TensorType type : TensorType.values()) {
                    Tensor tensor = random.tensor(type, rows, 512);
                    MemorySegment x = random.floats(tokens * 512L);
                    MemorySegment best = product("avx512", activations, tensor, x, tokens, random);
                    for (String instructions : List.of("avx2", "portable")) {
                        assertThat(product(instructions, activations, tensor, x, tokens, random)
                                        .mismatch(best))
                                .as("%s %s %s", instructions, activations, type)
                                .isEqualTo(-1);
                    }
                }
            }
        }
    }

    private static MemorySegment product(
            String instructions,
            Activations activations,
            Tensor tensor,
            MemorySegment x,
            int tokens,
            RandomInputs random) {
        System.setProperty(NativeLibrary.INSTRUCTIONS, instructions);
        try (Arena arena = Arena.ofShared();
                Kernels kernels = Providers.choose(new KernelOptions(Optional.of("native"), 2, activations))
                        .kernels()) {
            MemorySegment out = random.zeros(tokens * tensor.rows());
            kernels.multiply(x, tokens, List.of(kernels.pack(List.of(tensor), arena)), List.of(out));
            return out;
        }
    }

    @Test
    void an_unknown_instruction_set_is_refused_with_those_that_exist() {
        System.setProperty(NativeLibrary.INSTRUCTIONS, "mmx");
        assertThatThrownBy(() -> Providers.choose(new KernelOptions(Optional.of("native"), 1, Activations.INT8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"mmx\", expected one of avx512bf16, avx512, avx2, portable");
    }
}
