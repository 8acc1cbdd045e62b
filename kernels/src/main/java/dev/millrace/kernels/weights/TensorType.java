package dev.millrace.kernels.weights;

/**
 * How a tensor's elements lie in a file: in blocks of {@code blockElements} elements that take {@code blockBytes} bytes.
 * Names and layouts are ggml's.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 */
public enum TensorType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    BF16(30, 1, 2);

    private final int ggmlId;
    private final int blockElements;
    private final int blockBytes;

    TensorType(int ggmlId, int blockElements, int blockBytes) {
        this.ggmlId = ggmlId;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The number that stands for this type in a GGUF file. */
    public int ggmlId() {
        return ggmlId;
    }

    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /**
     * Bytes of {@code elements} elements.
     *
     * @throws IllegalArgumentException if they don't fill whole blocks
     * @throws ArithmeticException if the result passes 2^63 - 1
     */
    public long bytes(long elements) {
        if (elements < 0 || elements % blockElements != 0) {
            throw new IllegalArgumentException(
                    this + " holds blocks of " + blockElements + " elements, which " + elements + " does not fill");
        }
        return Math.multiplyExact(elements / blockElements, (long) blockBytes);
    }
}
