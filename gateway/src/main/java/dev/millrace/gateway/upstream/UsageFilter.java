package dev.millrace.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Takes the event out of a stream that holds the usage and no choice: the client didn't ask for it, the gateway did. All
 * other events pass as they are, whole.
 */
final class UsageFilter {
    private static final Pattern USAGE_ALONE = Pattern.compile("\"choices\"\\s*:\\s*\\[\\s*]");

    private final ByteArrayOutputStream event = new ByteArrayOutputStream();
    private boolean lineIsEmpty = true;

    /** Takes a piece and releases it; gives back the events that it completes. */
    ByteBuf take(ByteBuf piece) {
        ByteArrayOutputStream passed = new ByteArrayOutputStream(piece.readableBytes());
        try {
            while (piece.isReadable()) {
                byte letter = piece.readByte();
                event.write(letter);
                if (letter == '\n') {
                    if (lineIsEmpty) {
                        pass(passed);
                    }
                    lineIsEmpty = true;
                } else if (letter != '\r') {
                    lineIsEmpty = false;
                }
            }
        } finally {
            piece.release();
        }
        return Unpooled.wrappedBuffer(passed.toByteArray());
    }

    /** What came after the last whole event. */
    ByteBuf rest() {
        return Unpooled.wrappedBuffer(event.toByteArray());
    }

    private void pass(ByteArrayOutputStream passed) {
        String text = event.toString(StandardCharsets.ISO_8859_1);
        if (!(text.contains("\"usage\"") && USAGE_ALONE.matcher(text).find())) {
            passed.writeBytes(event.toByteArray());
        }
        event.reset();
    }
}
