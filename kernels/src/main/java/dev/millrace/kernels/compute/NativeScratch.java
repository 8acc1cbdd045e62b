package dev.millrace.kernels.compute;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory that is used again from call to call and grows when it must. */
final class NativeScratch implements AutoCloseable {
    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;

    @SuppressWarnings("MustBeClosedChecker") // closed by close(), or when a larger one takes its place
    NativeScratch() {}

    /** At least so many bytes, aligned for any instruction set; what was in them is lost with the next call. */
    @SuppressWarnings("MustBeClosedChecker")
    MemorySegment bytes(long bytes) {
        if (memory.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            memory = arena.allocate(bytes + bytes / 4, 64);
        }
        return memory;
    }

    @Override
    public void close() {
        arena.close();
    }
}
