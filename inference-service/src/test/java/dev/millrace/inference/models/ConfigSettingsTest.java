package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.model.RotaryScaling;
import dev.millrace.inference.model.Setting;
import dev.millrace.inference.model.Settings.Reach;
import dev.millrace.inference.model.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tiny models' config.json don't show: the forms that transformers 4 wrote. */
class ConfigSettingsTest {
    @TempDir
    private Path folder;

    @Test
    void a_rotary_base_beside_everything_else_is_read() throws IOException {
        ConfigSettings settings =
                settings("{\"model_type\": \"llama\", \"rope_theta\": 500000.0, \"rope_scaling\": null}");

        assertThat(settings.rotaryBase(Reach.FULL)).hasValue(500000);
        assertThat(settings.rotaryScaling(Reach.FULL)).isEqualTo(new RotaryScaling.None());
    }

    @Test
    void llama_3_scaling_in_the_old_form_is_read() throws IOException {
        ConfigSettings settings = settings("{\"model_type\": \"llama\", \"rope_scaling\": {\"rope_type\": \"llama3\","
                + " \"factor\": 32.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
                + " \"original_max_position_embeddings\": 8192}}");

        assertThat(settings.rotaryScaling(Reach.FULL)).isEqualTo(new RotaryScaling.Llama3(32, 1, 4, 8192));
    }

    @Test
    void gemma_3_in_the_old_form_has_two_bases_and_scales_one() throws IOException {
        ConfigSettings settings = settings("{\"model_type\": \"gemma3_text\", \"rope_theta\": 1000000.0,"
                + " \"rope_local_base_freq\": 10000.0, \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 8.0},"
                + " \"sliding_window\": 512, \"sliding_window_pattern\": 3}");

        assertThat(settings.rotaryBase(Reach.FULL)).hasValue(1000000);
        assertThat(settings.rotaryBase(Reach.WINDOW)).hasValue(10000);
        assertThat(settings.rotaryScaling(Reach.FULL)).isEqualTo(new RotaryScaling.Linear(8));
        assertThat(settings.rotaryScaling(Reach.WINDOW)).isEqualTo(new RotaryScaling.None());
        assertThat(settings.reaches(4))
                .hasValueSatisfying(reaches ->
                        assertThat(reaches).containsExactly(Reach.WINDOW, Reach.WINDOW, Reach.FULL, Reach.WINDOW));
        assertThat(settings.tiedHead()).isTrue();
    }

    @Test
    void a_window_that_is_switched_off_is_none() throws IOException {
        ConfigSettings off =
                settings("{\"model_type\": \"qwen2\", \"sliding_window\": 131072, \"use_sliding_window\": false}");
        ConfigSettings none = settings("{\"model_type\": \"mistral\", \"sliding_window\": null}");
        ConfigSettings on = settings("{\"model_type\": \"mistral\", \"sliding_window\": 4096}");

        assertThat(off.integer(Setting.WINDOW)).isEmpty();
        assertThat(none.integer(Setting.WINDOW)).isEmpty();
        assertThat(on.integer(Setting.WINDOW)).hasValue(4096);
    }

    @Test
    void what_would_change_the_numbers_and_is_not_known_is_refused() throws IOException {
        assertThatThrownBy(() -> settings("{\"model_type\": \"gemma2\", \"final_logit_softcapping\": 30.0}"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("final_logit_softcapping 30.0");
        assertThatThrownBy(() -> settings("{\"model_type\": \"gemma3\", \"text_config\": {}}"))
                .isInstanceOf(UnsupportedModelException.class);
        ConfigSettings yarn =
                settings("{\"model_type\": \"llama\", \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4,"
                        + " \"mscale\": 0.7, \"original_max_position_embeddings\": 8192}}");
        assertThatThrownBy(() -> yarn.rotaryScaling(Reach.FULL))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("mscale");
    }

    @Test
    void a_value_of_the_wrong_kind_is_named() throws IOException {
        ConfigSettings settings = settings("{\"model_type\": \"llama\", \"hidden_size\": \"wide\"}");

        assertThatThrownBy(() -> settings.required(Setting.WIDTH))
                .hasMessageContaining("\"hidden_size\" is \"wide\", expected an integer above 0");
        assertThatThrownBy(() -> settings.required(Setting.LAYERS)).hasMessageContaining("is missing");
        assertThatThrownBy(() -> settings("[1, 2]")).hasMessageContaining("no JSON object");
        assertThatThrownBy(() -> settings("{\"model")).hasMessageContaining("is no JSON");
    }

    private ConfigSettings settings(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return new ConfigSettings(folder);
    }
}
