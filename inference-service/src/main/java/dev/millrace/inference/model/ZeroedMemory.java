package dev.millrace.inference.model;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Large memory that takes room only as it is written to. An arena's own {@code allocate} fills with zeros, which makes
 * every page of a cache resident before the first token; {@code calloc} leaves that to the first touch.
 */
@SuppressWarnings("restricted") // calloc and free, with the sizes that they were given
final class ZeroedMemory {
    private static final long ALIGNMENT = 64;
    private static final MethodHandle CALLOC =
            handle("calloc", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = handle("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    private ZeroedMemory() {}

    /**
     * {@code bytes} zeros, at a multiple of 64 bytes, freed with {@code arena}.
     *
     * @throws OutOfMemoryError if the operating system refuses
     */
    static MemorySegment allocate(long bytes, Arena arena) {
        MemorySegment block = calloc(bytes + ALIGNMENT);
        if (block.address() == 0) {
            throw new OutOfMemoryError("the operating system refuses " + bytes + " bytes");
        }
        MemorySegment whole = block.reinterpret(bytes + ALIGNMENT, arena, ZeroedMemory::free);
        return whole.asSlice(-block.address() & ALIGNMENT - 1, bytes);
    }

    private static MemorySegment calloc(long bytes) {
        try {
            return (MemorySegment) CALLOC.invokeExact(bytes, 1L);
        } catch (Throwable e) {
            throw new AssertionError("calloc can't throw", e);
        }
    }

    private static void free(MemorySegment block) {
        try {
            FREE.invokeExact(block);
        } catch (Throwable e) {
            throw new AssertionError("free can't throw", e);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }
}
