package dev.millrace.kernels.compute;

import java.util.concurrent.ConcurrentLinkedQueue;

/** Scratch memory of the threads that share a call: as many pieces as work at a time, used again from call to call. */
final class NativeScratchPool implements AutoCloseable {
    private final ConcurrentLinkedQueue<NativeScratch> free = new ConcurrentLinkedQueue<>();

    /** One that nobody else uses until it is {@linkplain #giveBack given back}. */
    NativeScratch take() {
        NativeScratch scratch = free.poll();
        return scratch != null ? scratch : new NativeScratch();
    }

    void giveBack(NativeScratch scratch) {
        free.add(scratch);
    }

    /** Frees all that was given back. */
    @Override
    public void close() {
        free.forEach(NativeScratch::close);
    }
}
