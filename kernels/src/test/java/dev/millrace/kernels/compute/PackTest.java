package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PackTest {
    @AfterEach
    void forgetTheWish() {
        System.clearProperty(NativeLibrary.INSTRUCTIONS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"avx512", "avx2", "portable"})
    void panels_of_every_type_are_those_of_the_packer_that_goes_element_by_element(String instructions)
            throws NativeUnavailableException {
        System.setProperty(NativeLibrary.INSTRUCTIONS, instructions);
        NativeLibrary library = NativeLibrary.open();
        check((tensor, format, first, last, panels) -> library.pack(
                format.id(),
                tensor.data(),
                tensor.type().bytes(tensor.columns()),
                (int) tensor.columns(),
                (int) tensor.rows(),
                first,
                last,
                panels));
    }

    @Test
    void panels_made_in_java_are_the_same() {
        check(PanelWriter::pack);
    }

    private static void check(PanelMatrix.Packer packer) {
        try (Arena arena = Arena.ofShared();
                WorkerPool pool = new WorkerPool(2)) {
            RandomInputs random = new RandomInputs(arena);
            for (TensorType type : TensorType.values()) {
                int columns = type.blockElements() == 1 ? 75 : 3 * type.blockElements();
                for (int rows : new int[] {1, 16, 300}) {
                    Tensor tensor = random.tensor(type, rows, columns);
                    PanelMatrix.Part part = PanelMatrix.of(List.of(tensor), arena, pool, packer)
                            .parts()
                            .getFirst();
                    MemorySegment expected = arena.allocate(part.panels().byteSize());
                    PanelPacker oracle = new PanelPacker(tensor, part.format());
                    for (int panel = 0; panel < part.panelCount(); panel++) {
                        oracle.pack(panel, expected);
                    }
                    assertThat(part.panels().mismatch(expected))
                            .as("%s, %s rows", type, rows)
                            .isEqualTo(-1);
                }
            }
        }
    }
}
