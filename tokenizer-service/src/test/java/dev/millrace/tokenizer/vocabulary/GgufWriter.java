package dev.millrace.tokenizer.vocabulary;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a GGUF file that holds metadata alone. Values are String, Boolean, Integer, or lists of String, Integer or Float. */
final class GgufWriter {
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final Map<String, Object> values = new LinkedHashMap<>();

    GgufWriter put(String key, Object value) {
        values.put(key, value);
        return this;
    }

    GgufWriter without(String key) {
        values.remove(key);
        return this;
    }

    Path write(Path file) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        int32(out, 3);
        int64(out, 0);
        int64(out, values.size());
        values.forEach((key, value) -> {
            string(out, key);
            int32(out, type(value));
            value(out, value);
        });
        return Files.write(file, out.toByteArray());
    }

    private static int type(Object value) {
        return switch (value) {
            case String _ -> STRING;
            case Boolean _ -> BOOL;
            case Integer _ -> INT32;
            case Float _ -> FLOAT32;
            case List<?> _ -> ARRAY;
            default -> throw new IllegalArgumentException("no GGUF type for " + value);
        };
    }

    private static void value(ByteArrayOutputStream out, Object value) {
        switch (value) {
            case String text -> string(out, text);
            case Boolean flag -> out.write(flag ? 1 : 0);
            case Integer number -> int32(out, number);
            case Float number -> int32(out, Float.floatToIntBits(number));
            case List<?> list -> {
                int32(out, list.isEmpty() ? STRING : type(list.getFirst()));
                int64(out, list.size());
                list.forEach(element -> value(out, element));
            }
            default -> throw new IllegalArgumentException("no GGUF type for " + value);
        }
    }

    private static void string(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void int32(ByteArrayOutputStream out, int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    private static void int64(ByteArrayOutputStream out, long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }
}
