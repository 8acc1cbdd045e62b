package dev.millrace.kernels.compute;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * What sampling has to look at every one of a vocabulary's logits for, in C. All segments are float32 in native order unless
 * said otherwise, on the heap or off it. May be used by all threads.
 */
public final class NativeLogits {
    private final MethodHandle greatest;
    private final MethodHandle reaching;
    private final MethodHandle weigh;
    private final MethodHandle massFrom;

    private NativeLogits(NativeLibrary library) throws NativeUnavailableException {
        // calls take a microsecond at most
        Linker.Option heap = Linker.Option.critical(true);
        greatest = library.function("greatest", FunctionDescriptor.of(JAVA_FLOAT, ADDRESS, JAVA_INT), heap);
        reaching = library.function(
                "reaching", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_FLOAT, ADDRESS), heap);
        weigh = library.function(
                "weigh", FunctionDescriptor.of(JAVA_DOUBLE, ADDRESS, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT, ADDRESS), heap);
        massFrom =
                library.function("mass_from", FunctionDescriptor.of(JAVA_DOUBLE, ADDRESS, JAVA_INT, JAVA_FLOAT), heap);
    }

    /** Empty where the library in C is missing. */
    public static Optional<NativeLogits> open() {
        try {
            return Optional.of(new NativeLogits(NativeLibrary.open()));
        } catch (NativeUnavailableException e) {
            return Optional.empty();
        }
    }

    /** The greatest of the first {@code count}; NaN if one of them is. */
    public float greatest(MemorySegment logits, int count) {
        StepCheck.floats("logits", logits, count);
        try {
            return (float) greatest.invokeExact(logits, count);
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
    }

    /**
     * Finds which of the first {@code count} are {@code floor} or more.
     *
     * @param indices [count] int32; gets their indices, in order
     * @return how many
     */
    public int reaching(MemorySegment logits, int count, float floor, MemorySegment indices) {
        StepCheck.floats("logits", logits, count);
        StepCheck.floats("indices", indices, count);
        try {
            return (int) reaching.invokeExact(logits, count, floor, indices);
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
    }

    /**
     * {@code weights[i] = exp((logits[i] - max) * scale)} to 2 units in the last place, and 0 where that is less than e^-87.
     *
     * @param max none of the logits is greater
     * @return their sum
     */
    public double weigh(MemorySegment logits, int count, float max, float scale, MemorySegment weights) {
        StepCheck.floats("logits", logits, count);
        StepCheck.floats("weights", weights, count);
        try {
            return (double) weigh.invokeExact(logits, count, max, scale, weights);
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
    }

    /** The sum of those of the first {@code count} weights that are {@code least} or more. */
    public double massFrom(MemorySegment weights, int count, float least) {
        StepCheck.floats("weights", weights, count);
        try {
            return (double) massFrom.invokeExact(weights, count, least);
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
    }
}
