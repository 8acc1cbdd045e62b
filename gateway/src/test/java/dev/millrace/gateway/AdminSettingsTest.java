package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.gateway.keys.Secret;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AdminSettingsTest {
    private static final String KEY = Secret.draw(new Random(7)).reveal();

    @Test
    void a_key_is_taken_as_it_stands_and_never_printed() {
        AdminSettings settings = new AdminSettings(KEY + "\n");
        assertThat(settings.secret().orElseThrow().reveal()).isEqualTo(KEY);
        assertThat(settings.toString()).doesNotContain(KEY);
    }

    @Test
    void none_is_none() {
        assertThat(new AdminSettings(null).secret()).isEmpty();
        assertThat(new AdminSettings("").secret()).isEmpty();
    }

    @Test
    void what_is_no_key_is_refused_without_being_told() {
        assertThatThrownBy(() -> new AdminSettings("sk-secret-words"))
                .hasMessageContaining("MILLRACE_ADMIN_KEY")
                .hasMessageContaining("./millrace keys draw")
                .hasMessageContaining("15 characters")
                .hasMessageNotContaining("secret-words");
    }
}
