package dev.millrace.kernels.compute;

/**
 * Weights [rows, columns] in the form in which one provider multiplies them. Made by {@link Kernels#pack} and
 * understood only by kernels of the provider that made it, be it the same object or another; owned by the arena it was
 * packed into.
 */
public interface Matrix {
    int rows();

    int columns();

    /** Bytes that one product reads. */
    long bytes();
}
