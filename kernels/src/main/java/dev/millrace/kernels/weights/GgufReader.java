package dev.millrace.kernels.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads the header of a GGUF file from front to back. Every read is checked against the header's end. */
final class GgufReader {
    /** Thirty times the largest header known (a vocabulary of 262,144): what a hostile file may make us hold. */
    static final long HEADER_LIMIT = 128L << 20;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final MemorySegment data;
    private final long end;
    private long position;

    GgufReader(Path file, MemorySegment data) {
        this.file = file;
        this.data = data;
        this.end = Math.min(data.byteSize(), HEADER_LIMIT);
    }

    long position() {
        return position;
    }

    MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, problem);
    }

    byte int8(String what) throws MalformedFileException {
        return data.get(JAVA_BYTE, take(1, what));
    }

    short int16(String what) throws MalformedFileException {
        return data.get(SHORT, take(2, what));
    }

    int int32(String what) throws MalformedFileException {
        return data.get(INT, take(4, what));
    }

    long int64(String what) throws MalformedFileException {
        return data.get(LONG, take(8, what));
    }

    float float32(String what) throws MalformedFileException {
        return data.get(FLOAT, take(4, what));
    }

    double float64(String what) throws MalformedFileException {
        return data.get(DOUBLE, take(8, what));
    }

    /** An unsigned 64-bit number that must fit a long. */
    long uint63(String what) throws MalformedFileException {
        long value = int64(what);
        if (value < 0) {
            throw malformed(what + " is " + Long.toUnsignedString(value) + ", expected at most " + Long.MAX_VALUE);
        }
        return value;
    }

    /** A number of things that each take at least {@code bytesEach} bytes of what is left of the header. */
    int count(String what, int bytesEach) throws MalformedFileException {
        long at = position;
        long value = int64(what);
        long most = (end - position) / bytesEach;
        if (value < 0 || value > most) {
            throw malformed(what + " at byte " + at + " is " + Long.toUnsignedString(value) + ", expected at most "
                    + most + ": that is all that the rest of the file's header can hold");
        }
        return (int) value;
    }

    String string(String what) throws MalformedFileException {
        int length = count("length of " + what, 1);
        byte[] bytes = data.asSlice(take(length, what), length).toArray(JAVA_BYTE);
        // not checked: vocabularies hold tokens that are single bytes of a character
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private long take(long bytes, String what) throws MalformedFileException {
        if (bytes > end - position) {
            String why = end < data.byteSize()
                    ? "the header is longer than the " + HEADER_LIMIT + " bytes that are allowed"
                    : "the file ends after " + end + " bytes: it is cut short";
            throw malformed(what + " takes " + bytes + " bytes at byte " + position + ", but " + why);
        }
        long at = position;
        position += bytes;
        return at;
    }
}
