package dev.millrace.standalone.bench;

import java.util.List;

/** The kernels on one model's matrices: what they cost, and how fast each kind is multiplied. */
public record KernelFigures(ModelCost cost, List<Product> products) {
    public KernelFigures {
        products = List.copyOf(products);
    }
}
