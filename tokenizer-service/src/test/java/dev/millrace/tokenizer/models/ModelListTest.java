package dev.millrace.tokenizer.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ModelListTest {
    @Test
    void a_list_names_models_and_their_paths_in_order() {
        assertThat(ModelList.parse(" b=/models/b.gguf , a=/models/x=y ,").keySet())
                .containsExactly("b", "a");
        assertThat(ModelList.parse("a=/models/x=y")).containsEntry("a", Path.of("/models/x=y"));
        assertThat(ModelList.parse("")).isEmpty();
    }

    @Test
    void an_entry_without_a_name_or_a_path_is_refused() {
        for (String entry : new String[] {"/models/a.gguf", "=path", "name=", "a=b,c"}) {
            assertThatThrownBy(() -> ModelList.parse(entry))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("name=path");
        }
    }

    @Test
    void a_name_that_is_there_twice_is_refused() {
        assertThatThrownBy(() -> ModelList.parse("a=x,a=y")).hasMessageContaining("a was there twice");
    }
}
