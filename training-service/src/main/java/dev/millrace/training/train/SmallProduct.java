package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * L2-SP of the weights that an adapter changes: what it adds to each, scale * B A, is their distance from the start. Half the
 * strength times its squared norm, which two products of rank by rank give.
 *
 * @see <a href="https://arxiv.org/abs/1802.01483">L2-SP, eq. 2</a>
 */
final class SmallProduct implements Regularizer {
    private final double strength;
    private final List<NDArray> downs = new ArrayList<>();
    private final List<NDArray> ups = new ArrayList<>();
    private final List<NDArray> downGradients = new ArrayList<>();
    private final List<NDArray> upGradients = new ArrayList<>();

    SmallProduct(double strength, LoraAdapter adapter) {
        double scale = adapter.settings().scale();
        this.strength = strength * scale * scale;
        adapter.parameters().forEach((name, parameter) -> {
            if (name.contains(".lora_A.")) {
                downs.add(parameter.value());
                downGradients.add(parameter.gradient());
            } else if (name.contains(".lora_B.")) {
                ups.add(parameter.value());
                upGradients.add(parameter.gradient());
            }
        });
    }

    @Override
    public double add(Scope scope) {
        return scope.call("product_pull_", downs, ups, downGradients, upGradients, strength)
                .getDouble();
    }
}
