package dev.millrace.kernels.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GgufFileTest {
    @TempDir
    Path folder;

    @Test
    void tensors_and_metadata_are_read_in_file_order() throws IOException {
        try (GgufFile file = open(GgufBytes.small())) {
            assertThat(file.version()).isEqualTo(3);
            assertThat(file.metadata().keys())
                    .containsExactly("general.architecture", "llama.block_count", "tokenizer.ggml.tokens");
            assertThat(file.metadata().requiredString("general.architecture")).isEqualTo("llama");
            assertThat(file.metadata().requiredInteger("llama.block_count", 1, 100))
                    .isEqualTo(2);
            assertThat(file.metadata().requiredStrings("tokenizer.ggml.tokens")).containsExactly("a", "b");
            assertThat(file.tensors().keySet()).containsExactly("a", "b");
            Tensor a = file.tensor("a");
            assertThat(a.shape()).isEqualTo(List.of(2L, 3L));
            assertThat(a.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(file.tensor("b").type()).isEqualTo(TensorType.Q8_0);
        }
    }

    @Test
    void version_2_is_read_like_version_3() throws IOException {
        byte[] bytes = GgufBytes.small();
        bytes[4] = 2;
        try (GgufFile file = open(bytes)) {
            assertThat(file.version()).isEqualTo(2);
            assertThat(file.tensors()).hasSize(2);
        }
    }

    @Test
    void every_value_type_is_read() throws IOException {
        byte[] bytes = GgufBytes.header(3, 0, 16)
                .key("uint8", 0)
                .int8(200)
                .key("int8", 1)
                .int8(-5)
                .key("uint16", 2)
                .int8(0xff)
                .int8(0xff)
                .key("int16", 3)
                .int8(0xff)
                .int8(0xff)
                .key("uint32", 4)
                .int32(-1)
                .key("int32", 5)
                .int32(-1)
                .key("float32", 6)
                .floats(0.5f)
                .key("bool", 7)
                .int8(1)
                .key("string", 8)
                .string("né")
                .key("uint64", 10)
                .int64(1L << 40)
                .key("int64", 11)
                .int64(-3)
                .key("float64", 12)
                .int64(Double.doubleToRawLongBits(0.25))
                .key("ints", 9)
                .int32(5)
                .int64(2)
                .int32(7)
                .int32(-7)
                .key("floats", 9)
                .int32(6)
                .int64(2)
                .floats(1.5f, 2.5f)
                .key("bools", 9)
                .int32(7)
                .int64(2)
                .int8(1)
                .int8(0)
                .key("none", 9)
                .int32(8)
                .int64(0)
                .bytes();
        try (GgufFile file = open(bytes)) {
            GgufMetadata metadata = file.metadata();
            assertThat(metadata.integer("uint8")).hasValue(200);
            assertThat(metadata.integer("int8")).hasValue(-5);
            assertThat(metadata.integer("uint16")).hasValue(65535);
            assertThat(metadata.integer("int16")).hasValue(-1);
            assertThat(metadata.integer("uint32")).hasValue(4294967295L);
            assertThat(metadata.integer("int32")).hasValue(-1);
            assertThat(metadata.number("float32")).hasValue(0.5);
            assertThat(metadata.flag("bool")).contains(true);
            assertThat(metadata.string("string")).contains("né");
            assertThat(metadata.integer("uint64")).hasValue(1L << 40);
            assertThat(metadata.integer("int64")).hasValue(-3);
            assertThat(metadata.number("float64")).hasValue(0.25);
            assertThat(metadata.integers("ints").orElseThrow()).containsExactly(7, -7);
            assertThat(metadata.numbers("ints").orElseThrow()).containsExactly(7, -7);
            assertThat(metadata.numbers("floats").orElseThrow()).containsExactly(1.5, 2.5);
            assertThat(metadata.flags("bools").orElseThrow()).containsExactly(true, false);
            assertThat(metadata.strings("none").orElseThrow()).isEmpty();
            assertThat(metadata.string("absent")).isEmpty();
        }
    }

    @Test
    void a_key_of_another_type_or_range_is_a_fault_of_the_file() throws IOException {
        try (GgufFile file = open(GgufBytes.small())) {
            assertThatThrownBy(() -> file.metadata().integer("general.architecture"))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("general.architecture")
                    .hasMessageContaining("holds a string, expected an integer");
            assertThatThrownBy(() -> file.metadata().requiredInteger("llama.block_count", 3, 9))
                    .hasMessageContaining("is 2, expected 3 to 9");
            assertThatThrownBy(() -> file.metadata().requiredString("missing")).hasMessageContaining("\"missing\"");
        }
    }

    @Test
    void a_wrong_magic_is_named() {
        refused("GGML....".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "0x4c4d4747", "\"GGUF\"");
        refused(new byte[0], "cut short");
    }

    @Test
    void an_unknown_version_is_named_and_big_endian_recognised() {
        refused(GgufBytes.header(1, 0, 0).bytes(), "version is 1", "expected 2 or 3");
        refused(GgufBytes.header(3 << 24, 0, 0).bytes(), "big-endian");
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 60, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1 << 20})
    void a_count_beyond_the_file_is_refused(long count) {
        refused(
                GgufBytes.header(3, count, 0).bytes(),
                "tensor count",
                Long.toUnsignedString(count),
                "expected at most 0");
        refused(GgufBytes.header(3, 0, count).bytes(), "key count", Long.toUnsignedString(count));
        refused(
                GgufBytes.header(3, 0, 1).int64(count).text("0123456789abc").bytes(),
                "length of key 0",
                Long.toUnsignedString(count));
        for (int type : new int[] {0, 2, 4, 6, 7, 8, 10, 12}) {
            refused(
                    GgufBytes.header(3, 0, 1)
                            .key("array", 9)
                            .int32(type)
                            .int64(count)
                            .bytes(),
                    "length of value of \"array\"",
                    Long.toUnsignedString(count));
        }
    }

    @Test
    void nested_arrays_are_refused() {
        refused(GgufBytes.header(3, 0, 1).key("x", 9).int32(9).int64(1).bytes(), "array of arrays");
    }

    @Test
    void unknown_value_types_are_named() {
        refused(GgufBytes.header(3, 0, 1).key("x", 13).int64(0).bytes(), "type 13", "0 to 12");
        refused(GgufBytes.header(3, 0, 1).key("x", 9).int32(77).int64(0).bytes(), "type 77");
        refused(GgufBytes.header(3, 0, 1).key("x", 7).int8(2).bytes(), "is 2, expected 0 or 1");
    }

    @Test
    void a_key_or_tensor_that_is_there_twice_is_refused() {
        refused(
                GgufBytes.header(3, 0, 2)
                        .key("x", 0)
                        .int8(1)
                        .key("x", 0)
                        .int8(1)
                        .bytes(),
                "key \"x\" is there twice");
        refused(
                GgufBytes.header(3, 2, 0)
                        .tensor("t", 0, 0, 1)
                        .tensor("t", 0, 0, 1)
                        .align(32)
                        .raw(new byte[32])
                        .bytes(),
                "tensor \"t\" is there twice");
    }

    @Test
    void unreadable_tensor_types_are_named() {
        refused(oneTensor(17, 0, 256), "tensor \"t\" has type 17 (IQ2_XS)", "Q4_K");
        refused(oneTensor(1234, 0, 256), "1234 (unknown)");
    }

    @Test
    void shapes_that_overflow_or_do_not_fill_blocks_are_refused() {
        refused(oneTensor(0, 0, 1L << 40, 1L << 40), "[1099511627776, 1099511627776]", "2^63 - 1");
        refused(oneTensor(0, 0, 1L << 62), "2^63 - 1");
        refused(oneTensor(0, 0, -1), "a dimension of tensor \"t\" is 18446744073709551615");
        refused(oneTensor(8, 0, 33), "[33]", "multiple of 32");
        refused(oneTensor(0, 0, 1, 1, 1, 1, 1), "5 dimensions, expected at most 4");
        refused(
                GgufBytes.header(3, 1, 0)
                        .string("t")
                        .int32(-1)
                        .raw(new byte[64])
                        .bytes(),
                "4294967295 dimensions");
    }

    @Test
    void tensors_beyond_the_end_are_refused() {
        refused(oneTensor(0, 0, 17), "takes 68 bytes at offset 0, expected at most 64");
        refused(oneTensor(0, 64, 1), "expected at most 0");
        refused(oneTensor(0, Long.MAX_VALUE - 31, 1), "at offset 9223372036854775776");
        refused(oneTensor(0, -32, 1), "offset of tensor \"t\" is 18446744073709551584");
    }

    @Test
    void bad_alignments_are_refused() {
        refused(oneTensor(0, 4, 1), "offset 4, expected a multiple of 32");
        for (int alignment : new int[] {0, 3, 48, -32, Integer.MIN_VALUE}) {
            refused(
                    GgufBytes.header(3, 0, 1)
                            .key("general.alignment", 4)
                            .int32(alignment)
                            .bytes(),
                    "general.alignment\" is " + Integer.toUnsignedString(alignment));
        }
    }

    @Test
    void a_part_of_a_split_model_is_refused() {
        refused(GgufBytes.header(3, 0, 1).key("split.count", 2).int8(3).int8(0).bytes(), "one of 3 parts");
    }

    @Test
    void every_truncation_of_a_good_file_is_refused() {
        byte[] good = GgufBytes.small();
        for (int length = 0; length < good.length; length++) {
            refused(Arrays.copyOf(good, length), "small.gguf");
        }
    }

    @Test
    void mutated_files_are_read_or_refused_and_nothing_else() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("seed of mutated GGUF files: " + seed);
        Random random = new Random(seed);
        byte[] good = GgufBytes.small();
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = good.clone();
            int changes = 1 + random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0xff);
            }
            try (GgufFile file = open(bytes)) {
                for (Tensor tensor : file.tensors().values()) {
                    assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE))
                            .hasSize((int) tensor.data().byteSize());
                }
            } catch (MalformedFileException e) {
                refused++;
                assertThat(e).hasMessageContaining("small.gguf");
            }
        }
        assertThat(refused).as("with seed %s", seed).isPositive();
    }

    private static byte[] oneTensor(int type, long offset, long... dimensions) {
        return GgufBytes.header(3, 1, 0)
                .tensor("t", type, offset, dimensions)
                .align(32)
                .raw(new byte[64])
                .bytes();
    }

    private GgufFile open(byte[] bytes) throws IOException {
        return GgufFile.open(Files.write(folder.resolve("small.gguf"), bytes));
    }

    private void refused(byte[] bytes, String... messageParts) {
        assertThatThrownBy(() -> open(bytes).close())
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContainingAll(messageParts);
    }
}
