package dev.millrace.kernels.compute;

import java.util.concurrent.atomic.AtomicLong;

/** Loops that do nothing but multiply or read. Used by several threads at once. */
interface PeakLoops extends AutoCloseable {
    /** Where results go, so that no compiler leaves the work out. */
    AtomicLong SINK = new AtomicLong();

    /** The loops in C where there are some, else in the best Java that there is. */
    static PeakLoops best() {
        try {
            return new NativePeakLoops(NativeLibrary.open());
        } catch (NativeUnavailableException e) {
            return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                    ? new JavaPeakLoops("vector", VectorFmas::run)
                    : new JavaPeakLoops("scalar", ScalarFmas::run);
        }
    }

    /** What multiplies. */
    String name();

    /** Whether {@link #int8} is there. */
    boolean multipliesBytes();

    /** Multiplies 8-bit integers; returns how many multiply-adds were made. */
    long int8(long rounds);

    /** Multiplies float32; returns how many multiply-adds were made. */
    long float32(long rounds);

    /** Makes the memory that is read, each page of it touched. */
    void prepare(long bytes);

    /** Reads part of that memory; returns how many bytes. */
    long read(long at, long bytes);

    @Override
    void close();
}
