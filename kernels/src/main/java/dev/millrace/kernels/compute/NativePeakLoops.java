package dev.millrace.kernels.compute;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The loops of src/main/c/peak.h. */
final class NativePeakLoops implements PeakLoops {
    private static final long HUGE_PAGE = 2 << 20;
    /** More than any loop of peak.h keeps: 16 registers of 64 bytes. */
    private static final long RESULT_BYTES = 1024;

    private static final FunctionDescriptor COMPUTES = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
    private static final FunctionDescriptor READS = FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);

    private final Arena arena = Arena.ofShared();
    private final String name;
    private final MethodHandle int8;
    private final MethodHandle float32;
    private final MethodHandle prepare;
    private final MethodHandle read;
    private final MemorySegment bytes = arena.allocate(1024, 64);
    private final MemorySegment floats = arena.allocate(1024, 64);
    private MemorySegment memory = MemorySegment.NULL;

    NativePeakLoops(NativeLibrary library) throws NativeUnavailableException {
        this.name = library.instructions();
        this.int8 = library.function("peak_int8", COMPUTES);
        this.float32 = library.function("peak_float32", COMPUTES);
        this.prepare = library.function("peak_prepare", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        this.read = library.function("peak_read", READS);
        for (int i = 0; i < 1024; i++) {
            bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 37 % 64));
        }
        for (int i = 0; i < 256; i++) {
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, i * 0.001f);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean multipliesBytes() {
        return true;
    }

    @Override
    public long int8(long rounds) {
        try (Arena own = Arena.ofConfined()) {
            return (long) int8.invokeExact(rounds, bytes, own.allocate(RESULT_BYTES, 64));
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
    }

    @Override
    public long float32(long rounds) {
        try (Arena own = Arena.ofConfined()) {
            return (long) float32.invokeExact(rounds, floats, own.allocate(RESULT_BYTES, 64));
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
    }

    @Override
    public void prepare(long bytes) {
        memory = arena.allocate(bytes, HUGE_PAGE);
        try {
            prepare.invokeExact(memory, bytes);
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
        // untouched pages would all be one page of zeros
        memory.fill((byte) 1);
    }

    @Override
    public long read(long at, long bytes) {
        try (Arena own = Arena.ofConfined()) {
            return (long) read.invokeExact(memory.asSlice(at, bytes), bytes, own.allocate(RESULT_BYTES, 64));
        } catch (Throwable e) {
            throw NativeLibrary.failed(e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
