package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.models.SamplingDefaults.Parameter;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a model's own sampling comes from. */
class SamplingDefaultsTest {
    @TempDir
    private Path folder;

    @Test
    void a_folder_says_it_in_its_generation_config() throws IOException {
        assertThat(generationConfig("""
            {"do_sample": true, "temperature": 0.7, "top_k": 20, "top_p": 0.8, "min_p": 0.05,
             "repetition_penalty": 1.1, "transformers_version": "4.44.0"}"""))
                .hasToString("temperature:0.7 top_k:20 top_p:0.8 min_p:0.05 repetition_penalty:1.1");
    }

    @Test
    void a_folder_that_does_not_say_leaves_it_open() throws IOException {
        assertThat(SamplingFiles.of(folder)).isEqualTo(SamplingDefaults.NONE);
        assertThat(generationConfig("{\"eos_token_id\": 2, \"temperature\": null, \"top_k\": null}"))
                .isEqualTo(SamplingDefaults.NONE);
    }

    @Test
    void a_folder_that_forbids_sampling_gets_the_most_likely_token() throws IOException {
        assertThat(generationConfig("{\"do_sample\": false, \"temperature\": 0.7}"))
                .hasToString("temperature:0.0");
        assertThat(generationConfig("{\"do_sample\": true, \"top_p\": 0.9}")).hasToString("top_p:0.9");
    }

    @Test
    void minus_one_is_how_files_write_no_limit() throws IOException {
        assertThat(generationConfig("{\"top_k\": -1}")).hasToString("top_k:0");
    }

    @Test
    void a_value_of_a_file_that_cannot_be_is_left_out_and_the_others_hold() throws IOException {
        assertThat(generationConfig("""
            {"temperature": 7, "top_k": 2.5, "top_p": "0.9", "min_p": -1, "repetition_penalty": 1.2}""")).hasToString("repetition_penalty:1.2");
        assertThat(gguf(Map.of("general.sampling.temp", -1f, "general.sampling.top_p", 0.9f)))
                .hasToString("top_p:0.9");
        assertThat(gguf(Map.of("general.sampling.temp", "hot", "general.sampling.top_k", 40)))
                .hasToString("top_k:40");
    }

    @Test
    void a_generation_config_that_is_no_json_is_a_damaged_model() {
        assertThatThrownBy(() -> generationConfig("{\"temperature\": "))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining("is no JSON");
    }

    @Test
    void a_gguf_file_says_it_in_its_metadata() throws IOException {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("general.sampling.temp", 0.7f);
        metadata.put("general.sampling.top_k", 20);
        metadata.put("general.sampling.top_p", 0.8f);
        metadata.put("general.sampling.min_p", 0.05f);
        metadata.put("general.sampling.penalty_repeat", 1.1f);
        metadata.put("general.sampling.mirostat", 0);

        assertThat(gguf(metadata)).hasToString("temperature:0.7 top_k:20 top_p:0.8 min_p:0.05 repetition_penalty:1.1");
        assertThat(gguf(Map.of("general.name", "silent"))).isEqualTo(SamplingDefaults.NONE);
    }

    @Test
    void whoever_serves_a_model_goes_before_its_files() {
        SamplingDefaults files =
                SamplingDefaults.NONE.with(Parameter.TEMPERATURE, 0.7).with(Parameter.TOP_K, 20);
        SamplingDefaults settings = SamplingDefaults.NONE.with(Parameter.TEMPERATURE, 1);

        assertThat(settings.or(files)).hasToString("temperature:1.0 top_k:20");
    }

    @Test
    void settings_name_models_and_their_parameters() {
        String settings = "smollm2-135m=temperature:0.2 top_p:0.9,qwen2.5=top_k:20";

        assertThat(SamplingList.parse("")).isEmpty();
        assertThat(SamplingList.parse(settings)).hasSize(2);
        assertThat(SamplingList.format(SamplingList.parse(settings))).isEqualTo(settings);
        assertThat(SamplingList.parse(" a = min_p:0.1   top_k:-1 , ")).hasToString("{a=top_k:0 min_p:0.1}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "temperature:1|holds \"temperature:1\"",
                "a=temperature|holds \"temperature\"",
                "a=temperature:hot|holds \"temperature:hot\"",
                "a=temperature:3|temperature must be from 0 to 2, was 3.0",
                "a=temperature:NaN|temperature must be from 0 to 2, was NaN",
                "a=top_k:0.5|top_k must be a whole number, was 0.5",
                "a=seed:1|there is no sampling parameter \"seed\", only temperature, top_k",
                "a=top_k:1,a=top_k:2|names twice a"
            })
    void settings_that_cannot_be_are_refused_by_name(String settings, String sentence) {
        assertThatThrownBy(() -> SamplingList.parse(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("millrace.inference.sampling")
                .hasMessageContaining(sentence);
    }

    private SamplingDefaults generationConfig(String json) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), json);
        return SamplingFiles.of(folder);
    }

    /** What a file with this metadata says: strings, 32-bit integers and floats. */
    private SamplingDefaults gguf(Map<String, Object> metadata) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(bytes(20).putInt(3).putLong(0).putLong(metadata.size()).array());
        metadata.forEach((key, value) -> {
            text(out, key);
            switch (value) {
                case Integer number ->
                    out.writeBytes(bytes(8).putInt(5).putInt(number).array());
                case Float number ->
                    out.writeBytes(bytes(8).putInt(6).putFloat(number).array());
                case String text -> {
                    out.writeBytes(bytes(4).putInt(8).array());
                    text(out, text);
                }
                default -> throw new IllegalArgumentException("no type for " + value);
            }
        });
        try (GgufFile file = GgufFile.open(Files.write(folder.resolve("model.gguf"), out.toByteArray()))) {
            return SamplingFiles.of(file);
        }
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(bytes(8).putLong(utf8.length).array());
        out.writeBytes(utf8);
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }
}
