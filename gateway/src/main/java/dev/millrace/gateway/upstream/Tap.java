package dev.millrace.gateway.upstream;

import java.nio.ByteBuffer;

/** Counts an answer that passes by. */
interface Tap {
    /** What came, in whatever pieces; the buffer's position is left as it is. */
    void see(ByteBuffer piece);

    /** Whether the answer is whole, and nothing more is to come. */
    boolean ended();

    /** What it used, as far as it is known. */
    Counted counted();
}
