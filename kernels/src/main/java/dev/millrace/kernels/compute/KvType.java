package dev.millrace.kernels.compute;

/** How keys and values are kept between steps. */
public enum KvType {
    F32(4),
    F16(2);

    private final int bytes;

    KvType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
