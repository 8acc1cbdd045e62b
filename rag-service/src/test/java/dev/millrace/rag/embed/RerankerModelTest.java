package dev.millrace.rag.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a folder must hold. */
class RerankerModelTest {
    @Test
    void it_reads_as_many_tokens_as_it_has_positions_and_the_setting_lets_it() {
        assertThat(RerankerModel.in(RerankerFolders.named("bert"), 512).maxTokens())
                .isEqualTo(64);
        assertThat(RerankerModel.in(RerankerFolders.named("bert"), 20).maxTokens())
                .isEqualTo(20);
        // config.json says 50
        assertThat(RerankerModel.in(RerankerFolders.named("xlmr"), 512).maxTokens())
                .isEqualTo(48);
    }

    @ParameterizedTest
    @ValueSource(strings = {"onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx"})
    void the_network_may_lie_where_exports_have_it(String place, @TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        Files.createDirectories(folder.resolve("onnx"));
        Files.move(folder.resolve("model.onnx"), folder.resolve(place));
        RerankerModel model = RerankerModel.in(folder, 512);
        assertThat(model.name()).isEqualTo("mine");
        assertThat(model.onnx()).isEqualTo(folder.resolve(place));
    }

    @Test
    void a_folder_that_is_not_there_is_refused(@TempDir Path temporary) {
        Path folder = temporary.resolve("none");
        assertThatThrownBy(() -> RerankerModel.in(folder, 512))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("millrace.rag.reranker must be a folder with model.onnx, tokenizer.json and config.json;"
                        + " there is no folder " + folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.onnx", "tokenizer.json", "config.json"})
    void a_folder_that_lacks_a_file_is_refused(String file, @TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        Files.delete(folder.resolve(file));
        assertThatThrownBy(() -> RerankerModel.in(folder, 512))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("(?s).*mine has (?:no|none of) " + file + ".*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"num_labels\": 2}", "{\"id2label\": {\"0\": \"no\", \"1\": \"yes\"}}"})
    void two_labels_in_its_configuration_are_refused(String config, @TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        Files.writeString(folder.resolve("config.json"), config);
        assertThatThrownBy(() -> RerankerModel.in(folder, 512))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be a model with one label")
                .hasMessageEndingWith(folder + " has 2 by its config.json");
    }

    @Test
    void a_model_that_reads_next_to_nothing_is_refused(@TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        Files.writeString(folder.resolve("config.json"), "{\"num_labels\": 1, \"max_position_embeddings\": 3}");
        assertThatThrownBy(() -> RerankerModel.in(folder, 512))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("that reads 16 tokens or more; " + folder + " reads 3 by its config.json");
    }

    /** The check's, which has three. */
    @Test
    void several_logits_of_the_network_are_refused_where_its_configuration_is_silent(@TempDir Path temporary)
            throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.write(folder.resolve("model.onnx"), OnnxModel.bytes("check/check.onnx"));
        RerankerModel model = RerankerModel.in(folder, 512);
        assertThatThrownBy(() -> new PassageScorer(model, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be a model that gives one logit for a pair")
                .hasMessageEndingWith("model.onnx gives 3");
    }

    @Test
    void vectors_in_place_of_logits_are_refused(@TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        Files.write(folder.resolve("model.onnx"), OnnxModel.bytes(EncoderModel.MINILM.onnx()));
        RerankerModel model = RerankerModel.in(folder, 512);
        assertThatThrownBy(() -> new PassageScorer(model, 1))
                .hasMessage("the network must give floats of the shape [pairs, labels], gave float[][][]");
    }

    @Test
    void a_network_that_reads_something_else_is_refused(@TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        String network = Files.readString(folder.resolve("model.onnx"), StandardCharsets.ISO_8859_1);
        Files.writeString(
                folder.resolve("model.onnx"),
                network.replace("token_type_ids", "other_type_ids"),
                StandardCharsets.ISO_8859_1);
        RerankerModel model = RerankerModel.in(folder, 512);
        assertThatThrownBy(() -> new PassageScorer(model, 1))
                .hasMessageContaining("must read none but [input_ids, attention_mask, token_type_ids]")
                .hasMessageEndingWith("reads [attention_mask, input_ids, other_type_ids]");
    }

    @Test
    void a_folder_named_as_an_embedding_model_is_refused(@TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("all-minilm-l6-v2"));
        assertThatThrownBy(() -> RerankerModel.in(folder, 512))
                .hasMessageContaining("must be a folder of a name of its own")
                .hasMessageContaining(folder.toString());
    }

    @Test
    void a_configuration_that_is_no_json_is_refused(@TempDir Path temporary) throws Exception {
        Path folder = RerankerFolders.copy(temporary.resolve("mine"));
        Files.writeString(folder.resolve("config.json"), "version https://git-lfs.github.com/spec/v1");
        assertThatThrownBy(() -> RerankerModel.in(folder, 512))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("config.json can't be read");
    }
}
