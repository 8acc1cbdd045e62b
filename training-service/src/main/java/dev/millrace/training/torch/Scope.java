package dev.millrace.training.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Calls of torch's functions whose results live until this is closed. Torch records nothing: derivatives are ours. */
public final class Scope implements AutoCloseable {
    private final PtSymbolBlock block;
    private final NDManager manager;

    Scope(PtSymbolBlock block, NDManager manager) {
        this.block = block;
        this.manager = manager;
    }

    /** Owner of this scope's arrays. */
    public NDManager manager() {
        return manager;
    }

    /** One that ends with this one, at the latest. */
    public Scope inner() {
        return new Scope(block, manager.newSubManager());
    }

    /** Whole numbers, such as ids and indices. */
    public NDArray whole(long... values) {
        return manager.create(values, new Shape(values.length));
    }

    /** Lets an array of another scope live as long as this one. */
    public NDArray keep(NDArray array) {
        array.attach(manager);
        return array;
    }

    /**
     * The single result of a function.
     *
     * @param arguments arrays, lists of arrays, {@code long[]}, {@code double[]}, numbers and booleans, as it declares them
     */
    public NDArray call(String function, Object... arguments) {
        return callMany(function, arguments).getFirst();
    }

    /** The results of a function that has several. */
    public NDList callMany(String function, Object... arguments) {
        IValue[] values = new IValue[arguments.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(function, arguments[i]);
        }
        try (IValue result = IValueUtils.runMethod(block, function, values)) {
            return result.toNDList((PtNDManager) manager);
        } finally {
            for (IValue value : values) {
                value.close();
            }
        }
    }

    private static IValue value(String function, Object argument) {
        return switch (argument) {
            case PtNDArray array -> IValue.from(array);
            case Double number -> IValue.from(number);
            case Integer number -> IValue.from(number.longValue());
            case Long number -> IValue.from(number);
            case Boolean flag -> IValue.from(flag);
            case long[] numbers -> IValue.listFrom(numbers);
            case double[] numbers -> IValue.listFrom(numbers);
            case List<?> arrays ->
                IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
            default ->
                throw new IllegalArgumentException("torch's \"" + function + "\" can't take a "
                        + argument.getClass().getName());
        };
    }

    /**
     * The array's own memory, float after float; for as long as the array lives.
     *
     * @param array of the CPU, its elements one after the other
     */
    public static MemorySegment memory(NDArray array) {
        return MemorySegment.ofBuffer(((PtNDArray) array).toByteBuffer(true));
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
