package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ProvidersTest {
    @Test
    void the_provider_asked_for_is_chosen_and_the_reason_says_so() {
        Providers.Choice choice = Providers.choose(new KernelOptions(Optional.of("scalar"), 2, Activations.INT8));
        try (Kernels kernels = choice.kernels()) {
            assertThat(kernels.name()).isEqualTo("scalar");
            assertThat(choice.reason()).contains("scalar", "2 threads", "asked for");
        }
    }

    @Test
    void an_unknown_provider_is_refused_with_those_that_exist() {
        assertThatThrownBy(() -> Providers.choose(new KernelOptions(Optional.of("cuda"), 1, Activations.INT8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("provider is \"cuda\", expected scalar, vector or native");
    }

    @Test
    void without_a_wish_something_works() {
        Providers.Choice choice = Providers.choose(new KernelOptions(Optional.empty(), 1, Activations.FLOAT32));
        choice.kernels().close();
        assertThat(choice.reason()).contains("the fastest that works here");
    }
}
