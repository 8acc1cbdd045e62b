package dev.millrace.kernels.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsTest {
    private static final String GOOD = """
            {"__metadata__":{"format":"pt"},
             "a\\u0062":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
             "half":{"dtype":"BF16","shape":[4],"data_offsets":[8,16]},
             "ids":{"dtype":"I64","shape":[1],"data_offsets":[16,24]}}""";

    @TempDir
    Path folder;

    @Test
    void a_single_file_is_read_and_its_buffers_left_out() throws IOException {
        Files.write(folder.resolve("model.safetensors"), file(GOOD, 24));
        try (SafetensorsFolder weights = SafetensorsFolder.open(folder)) {
            assertThat(weights.tensors().keySet()).containsExactly("ab", "half");
            Tensor ab = weights.tensor("ab");
            assertThat(ab.shape()).isEqualTo(List.of(2L, 1L));
            assertThat(ab.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            assertThat(weights.tensor("half").type()).isEqualTo(TensorType.BF16);
        }
    }

    @Test
    void shards_are_found_through_the_index() throws IOException {
        Files.write(folder.resolve("m-1.safetensors"), file(tensor("x", "F16", "[2]", "[0,4]"), 4));
        Files.write(folder.resolve("m-2.safetensors"), file(tensor("y", "F16", "[2]", "[0,4]"), 4));
        index("{\"metadata\":{\"total_size\":8},\"weight_map\":{\"y\":\"m-2.safetensors\",\"x\":\"m-1.safetensors\"}}");
        try (SafetensorsFolder weights = SafetensorsFolder.open(folder)) {
            assertThat(weights.tensors().keySet()).containsExactly("y", "x");
        }
    }

    @Test
    void an_index_that_lies_is_refused() throws IOException {
        Files.write(folder.resolve("m-1.safetensors"), file(tensor("x", "F16", "[2]", "[0,4]"), 4));
        index("{\"weight_map\":{\"z\":\"m-1.safetensors\"}}");
        folderRefused("\"z\"", "m-1.safetensors");
        index("{\"weight_map\":{\"x\":\"../m-1.safetensors\"}}");
        folderRefused("../m-1.safetensors", "same folder");
        index("{\"weight_map\":{\"x\":1}}");
        folderRefused("gives no file for \"x\"");
        index("{}");
        folderRefused("weight_map");
        index("{");
        folderRefused("ends after 1 characters");
    }

    @Test
    void a_folder_without_weights_says_what_it_lacks() {
        folderRefused("neither model.safetensors nor model.safetensors.index.json");
    }

    @Test
    void wrong_headers_are_refused_with_what_is_wrong() {
        refused(new byte[3], "3 bytes long");
        refused(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1}, "18446744073709551615", "at most 0");
        refused(new byte[] {9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "header length is 9, expected at most 2");
        refused(file("[]", 0), "not a JSON object");
        refused(file("{\"t\":{}} x", 0), "expected the end");
        refused(file("{\"t\":7}", 0), "tensor \"t\" is not a JSON object");
        refused(file("{\"t\":{}}", 0), "no \"dtype\"");
        refused(file(tensor("t", "F8_E4M3", "[1]", "[0,1]"), 1), "F8_E4M3", "F32, F16 and BF16");
        refused(file(tensor("t", "F32", "[1]", "[0,8]"), 8), "8 bytes in data_offsets, expected 4");
        refused(file(tensor("t", "F32", "[1]", "[4,8]"), 4), "[4, 8]", "<= 4", "cut short");
        refused(file(tensor("t", "F32", "[1]", "[4,0]"), 4), "begin <= end");
        refused(file(tensor("t", "F32", "[1]", "[-4,0]"), 4), "integers of 0 or more");
        refused(file(tensor("t", "F32", "[1.5]", "[0,4]"), 4), "expected ','");
        refused(file(tensor("t", "F32", "[4611686018427387904,4]", "[0,4]"), 4), "2^63 - 1");
        refused(file(tensor("t", "F32", "[99999999999999999999]", "[0,4]"), 4), "2^63 - 1");
        refused(file("{" + "\"t\":".repeat(1) + "[".repeat(100_000), 4), "deeper than 32");
        refused(file("{\"t\":1,\"t\":1}", 0), "\"t\" is there twice");
    }

    @Test
    void mutated_and_truncated_files_are_read_or_refused_and_nothing_else() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("seed of mutated safetensors files: " + seed);
        Random random = new Random(seed);
        byte[] good = file(GOOD, 24);
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = Arrays.copyOf(good, good.length - random.nextInt(2) * random.nextInt(good.length));
            for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try (SafetensorsFile file = open(bytes)) {
                for (Tensor tensor : file.tensors().values()) {
                    assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE))
                            .hasSize((int) tensor.data().byteSize());
                }
            } catch (MalformedFileException e) {
                refused++;
                assertThat(e).hasMessageContaining("t.safetensors");
            }
        }
        assertThat(refused).as("with seed %s", seed).isPositive();
    }

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "{\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets
                + "}}";
    }

    private static byte[] file(String header, int dataBytes) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        byte[] data = new byte[dataBytes];
        for (int i = 0; i < dataBytes; i++) {
            data[i] = (byte) i;
        }
        return new GgufBytes().int64(text.length).raw(text).raw(data).bytes();
    }

    private void index(String json) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), json);
    }

    private SafetensorsFile open(byte[] bytes) throws IOException {
        return SafetensorsFile.open(Files.write(folder.resolve("t.safetensors"), bytes));
    }

    private void refused(byte[] bytes, String... messageParts) {
        assertThatThrownBy(() -> open(bytes).close())
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContainingAll(messageParts);
    }

    private void folderRefused(String... messageParts) {
        assertThatThrownBy(() -> SafetensorsFolder.open(folder).close())
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContainingAll(messageParts);
    }
}
