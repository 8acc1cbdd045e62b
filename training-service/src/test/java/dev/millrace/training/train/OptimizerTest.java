package dev.millrace.training.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.torch.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Optimizers and clipping against their formulas. */
class OptimizerTest {
    private static Torch torch;

    @BeforeAll
    static void load() {
        torch = new Torch(
                Map.of(
                        "headSize", "2",
                        "attentionBlock", "2",
                        "attentionScale", "1.0",
                        "epsilon", "1.0e-6",
                        "embeddingScale", "1.0",
                        "gate", "torch.silu(gate)",
                        "gateBack", "torch.silu_backward(dgate, gate)"),
                1);
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    private static Parameter parameter(double[] value, double[] gradient) {
        NDManager root = torch.root();
        return new Parameter(root.create(value), root.create(gradient));
    }

    @Test
    void lamb_stretches_adam_s_step_by_the_ratio_of_the_norms() {
        double[] value = {3, -4};
        double[] gradient = {0.5, 0.25};
        Parameter parameter = parameter(value, gradient);
        AdamW.Settings settings = new AdamW.Settings(0.9, 0.999, 1e-6, 0.1);
        try (Scope scope = torch.scope()) {
            new Lamb(settings, Map.of("x", parameter), torch.root()).update(scope, 0.01, 1);
        }
        // in the first step Adam's is the gradient's sign, but for epsilon
        double[] move = {0.5 / (0.5 + 1e-6) + 0.1 * 3, 0.25 / (0.25 + 1e-6) - 0.1 * 4};
        double trust = 5 / Math.hypot(move[0], move[1]);
        assertThat(parameter.value().toDoubleArray())
                .containsExactly(new double[] {3 - 0.01 * trust * move[0], -4 - 0.01 * trust * move[1]}, within(1e-12));
    }

    /** Names and which of them decay as transformers' get_decay_parameter_names has it for the tiny qwen3 and qwen2. */
    @Test
    void neither_biases_nor_norms_decay() {
        Map<String, Boolean> spared = Map.of(
                "model.embed_tokens.weight", false,
                "model.layers.0.self_attn.q_proj.weight", false,
                "model.layers.0.self_attn.q_proj.bias", true,
                "model.layers.0.self_attn.q_norm.weight", true,
                "model.layers.0.input_layernorm.weight", true,
                "model.norm.weight", true,
                "lm_head.weight", false,
                "model.layers.0.mlp.up_proj.lora_A.weight", false,
                "model.layers.0.mlp.up_proj.lora_magnitude_vector", false,
                "score.weight", false);
        List<Function<Map<String, Parameter>, Optimizer>> rules = List.of(
                parameters -> new AdamW(new AdamW.Settings(0.9, 0.999, 1e-8, 0.1), parameters, torch.root()),
                parameters -> new Lamb(new AdamW.Settings(0.9, 0.999, 1e-8, 0.1), parameters, torch.root()),
                parameters -> new MomentumDescent(0.9, 0.1, parameters, torch.root()));
        for (Function<Map<String, Parameter>, Optimizer> rule : rules) {
            Map<String, Parameter> parameters = new LinkedHashMap<>();
            spared.keySet().forEach(name -> parameters.put(name, parameter(new double[] {2}, new double[] {0})));
            try (Scope scope = torch.scope()) {
                rule.apply(parameters).update(scope, 0.01, 1);
            }
            parameters.forEach((name, parameter) -> {
                double value = parameter.value().toDoubleArray()[0];
                assertThat(value == 2).as(name + " is " + value).isEqualTo(spared.get(name));
            });
        }
    }

    @Test
    void elements_are_pulled_to_their_start_as_much_as_they_matter() {
        Parameter parameter = parameter(new double[] {1, 2}, new double[] {0.5, 0.5});
        NDArray importance = torch.root().create(new double[] {3, 0.5});
        Regularizer pull = new PullToStart(0.2, List.of(parameter), List.of(importance), torch.root());
        try (Scope scope = torch.scope()) {
            assertThat(pull.add(scope)).isZero();
            parameter.value().set(new double[] {2, 0});
            assertThat(pull.add(scope)).isCloseTo(0.1 * (3 * 1 + 0.5 * 4), within(1e-12));
        }
        assertThat(parameter.gradient().toDoubleArray())
                .containsExactly(new double[] {0.5 + 0.2 * 3, 0.5 - 0.2 * 0.5 * 2}, within(1e-12));
    }

    @Test
    void lamb_moves_a_matrix_that_is_zero_by_adam_s_step() {
        Parameter parameter = parameter(new double[] {0, 0}, new double[] {2, -1});
        try (Scope scope = torch.scope()) {
            new Lamb(AdamW.Settings.USUAL, Map.of("x", parameter), torch.root()).update(scope, 0.01, 1);
        }
        assertThat(parameter.value().toDoubleArray()).containsExactly(new double[] {-0.01, 0.01}, within(1e-9));
    }

    @Test
    void a_gradient_is_clipped_by_value_and_by_norm() {
        Parameter parameter = parameter(new double[] {0, 0, 0}, new double[] {-7, 3, 0.5});
        Gradients gradients = new Gradients(List.of(parameter));
        try (Scope scope = torch.scope()) {
            gradients.clamp(scope, 4);
            assertThat(parameter.gradient().toDoubleArray()).containsExactly(-4, 3, 0.5);
            double norm = gradients.norm(scope);
            assertThat(norm).isCloseTo(Math.sqrt(25.25), within(1e-12));
            gradients.clip(scope, norm, 1);
            assertThat(gradients.norm(scope)).isCloseTo(1, within(1e-6));
        }
    }
}
