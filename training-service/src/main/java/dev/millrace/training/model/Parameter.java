package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Something that is trained. Both arrays are changed in place.
 *
 * @param value what it is now
 * @param gradient the loss's derivative by it, which backward passes add to; of the same shape
 */
public record Parameter(NDArray value, NDArray gradient) {
    /** One that is zero. */
    static Parameter zero(NDManager manager, Shape shape, DataType type) {
        return new Parameter(manager.zeros(shape, type), manager.zeros(shape, type));
    }

    /** One whose value is there already. */
    static Parameter of(NDManager manager, NDArray value) {
        return new Parameter(value, manager.zeros(value.getShape(), value.getDataType()));
    }
}
