package dev.millrace.inference.model;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * An arena for weights and caches. What it allocates is zero and takes room only as it is written to (an arena's own
 * {@code allocate} fills with zeros, which makes every page of a cache resident before the first token), and lies on huge
 * pages where the system gives them: a step reads all weights and keys from end to end, and with small pages the
 * look-ups of addresses cost a fifth of it. Small pieces share slabs. May be used by all threads.
 */
@SuppressWarnings("restricted") // calloc, free and madvise, with the sizes that they were given
final class SlabArena implements Arena {
    private static final long HUGE_PAGE = 2L << 20;
    private static final long SLAB = 32L << 20;
    /** A cache line, and a register of any instruction set. */
    private static final long ALIGNMENT = 64;

    private static final int MADV_HUGEPAGE = 14;
    private static final MethodHandle CALLOC =
            handle("calloc", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = handle("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    private static final Optional<MethodHandle> ADVISE = System.getProperty("os.name")
                    .equals("Linux")
            ? Optional.of(handle(
                    "madvise",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT)))
            : Optional.empty();

    private final Arena shared;
    private MemorySegment slab = MemorySegment.NULL;
    private long used;

    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    SlabArena() {
        this.shared = Arena.ofShared();
    }

    /** @throws OutOfMemoryError if the operating system refuses */
    @Override
    public synchronized MemorySegment allocate(long bytes, long alignment) {
        if (alignment > HUGE_PAGE) {
            throw new IllegalArgumentException("alignment must be at most " + HUGE_PAGE + ", was " + alignment);
        }
        if (bytes >= SLAB / 2) {
            return region(bytes);
        }
        long step = Math.max(ALIGNMENT, alignment);
        long start = Math.ceilDiv(used, step) * step;
        if (start + bytes > slab.byteSize()) {
            slab = region(SLAB);
            start = 0;
        }
        used = start + bytes;
        return slab.asSlice(start, bytes);
    }

    @Override
    public MemorySegment.Scope scope() {
        return shared.scope();
    }

    @Override
    public void close() {
        shared.close();
    }

    private MemorySegment region(long bytes) {
        MemorySegment block = calloc(bytes + HUGE_PAGE);
        if (block.address() == 0) {
            throw new OutOfMemoryError("the operating system refuses " + bytes + " bytes");
        }
        MemorySegment whole = block.reinterpret(bytes + HUGE_PAGE, shared, SlabArena::free);
        MemorySegment region = whole.asSlice(-block.address() & HUGE_PAGE - 1, bytes);
        ADVISE.ifPresent(advise -> advise(advise, region));
        return region;
    }

    // advice that isn't taken costs speed alone
    private static void advise(MethodHandle advise, MemorySegment region) {
        try {
            int _ = (int) advise.invokeExact(region, region.byteSize(), MADV_HUGEPAGE);
        } catch (Throwable e) {
            throw new AssertionError("madvise can't throw", e);
        }
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
