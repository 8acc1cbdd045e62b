package dev.millrace.kernels.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes the bytes of a GGUF file, right or wrong. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A header as it should be. */
    static GgufBytes header(int version, long tensors, long keys) {
        return new GgufBytes().text("GGUF").int32(version).int64(tensors).int64(keys);
    }

    /** A small file of version 3: one key, two tensors, their data. */
    static byte[] small() {
        return header(3, 2, 3)
                .key("general.architecture", 8)
                .string("llama")
                .key("llama.block_count", 4)
                .int32(2)
                .key("tokenizer.ggml.tokens", 9)
                .int32(8)
                .int64(2)
                .string("a")
                .string("b")
                .tensor("a", 0, 0, 3, 2)
                .tensor("b", 8, 32, 64)
                .align(32)
                .floats(1, 2, 3, 4, 5, 6)
                .align(32)
                .raw(new byte[68])
                .bytes();
    }

    GgufBytes text(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    GgufBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes int8(int value) {
        out.write(value);
        return this;
    }

    GgufBytes int32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    GgufBytes int64(long value) {
        return raw(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }

    GgufBytes floats(float... values) {
        for (float value : values) {
            int32(Float.floatToRawIntBits(value));
        }
        return this;
    }

    GgufBytes string(String text) {
        return int64(text.getBytes(StandardCharsets.UTF_8).length).text(text);
    }

    GgufBytes key(String name, int type) {
        return string(name).int32(type);
    }

    /** @param dimensions fastest first, as the file has them */
    GgufBytes tensor(String name, int type, long offset, long... dimensions) {
        string(name).int32(dimensions.length);
        for (long dimension : dimensions) {
            int64(dimension);
        }
        return int32(type).int64(offset);
    }

    GgufBytes align(int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
