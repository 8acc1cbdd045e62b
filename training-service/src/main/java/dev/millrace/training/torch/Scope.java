package dev.millrace.training.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.util.HashMap;
import java.util.Map;

/** Calls of torch's functions whose results live until this is closed. */
public final class Scope implements AutoCloseable {
    private final PtSymbolBlock block;
    private final NDManager manager;
    private final boolean gradients;
    private final Map<String, NDArray> markers = new HashMap<>();

    Scope(PtSymbolBlock block, NDManager manager, boolean gradients) {
        this.block = block;
        this.manager = manager;
        this.gradients = gradients;
    }

    /** Owner of this scope's arrays. */
    public NDManager manager() {
        return manager;
    }

    /** Whether what is computed here can be differentiated. */
    public boolean gradients() {
        return gradients;
    }

    /** The single result of a function. */
    public NDArray call(String function, NDArray... arguments) {
        return callMany(function, arguments).getFirst();
    }

    /** The results of a function that has several. */
    public NDList callMany(String function, NDArray... arguments) {
        NDList inputs = new NDList(arguments.length + 1);
        // DJL gives results to the manager of the first array: the marker, which belongs to this scope
        inputs.add(markers.computeIfAbsent(function, this::marker));
        for (NDArray argument : arguments) {
            inputs.add(argument);
        }
        // kept for each thread, and off on one that DJL has started
        JniUtils.setGradMode(gradients);
        return IValueUtils.forward(block, inputs, gradients);
    }

    private NDArray marker(String function) {
        NDArray marker = manager.create(0);
        marker.setName("module_method:" + function);
        return marker;
    }

    /** A number as torch's functions take it. */
    public NDArray number(double value) {
        return manager.create(value);
    }

    /** Whole numbers, such as ids and indices. */
    public NDArray whole(long... values) {
        return manager.create(values, new Shape(values.length));
    }

    /** Adds the gradients of {@code sum(result * weights)} to those of all parameters that {@code result} came from. */
    public static void backward(NDArray result, NDArray weights) {
        JniUtils.backward((PtNDArray) result, (PtNDArray) weights, false, false);
    }

    /** Sets a parameter's gradient to zero. */
    public static void clearGradient(NDArray parameter) {
        JniUtils.zeroGrad((PtNDArray) parameter);
    }

    /** From here on torch draws as it does after every call with the same seed. */
    public static void seed(long seed) {
        JniUtils.setSeed(seed);
    }

    @Override
    public void close() {
        manager.close();
    }
}
