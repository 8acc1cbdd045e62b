package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * A linear layer of the model.
 *
 * @param module its name, as Hugging Face has it
 * @param weight [outputs, inputs]
 * @param bias [outputs]
 */
record Projection(String module, Weight weight, Optional<NDArray> bias) {}
