package dev.millrace.gateway.upstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Counts a stream of events: by the last {@code usage} in it, else each event that brings text as a token, which is how
 * the usual servers send them.
 */
final class EventTap implements Tap {
    private static final byte[] DATA = ascii("data:");
    private static final byte[] DONE = ascii("[DONE]");
    private static final byte[] USAGE = ascii("\"usage\"");
    /** Names whose value, where it is a text that isn't empty, is a piece of an answer. */
    private static final byte[][] TEXTS = {
        ascii("\"content\""), ascii("\"text\""), ascii("\"reasoning_content\""), ascii("\"arguments\"")
    };

    private static final int LONGEST_LINE = 1 << 20;

    private final long promptEstimate;
    private byte[] line = new byte[1024];
    private int length;
    private boolean tooLong;
    private boolean ended;
    private long texts;
    private Optional<Counted> usage = Optional.empty();

    /**
     * @param promptEstimate the prompt's tokens, where the stream doesn't say
     */
    EventTap(long promptEstimate) {
        this.promptEstimate = promptEstimate;
    }

    @Override
    public void see(ByteBuffer piece) {
        for (int at = piece.position(); at < piece.limit(); at++) {
            byte letter = piece.get(at);
            if (letter == '\n') {
                endLine();
            } else if (length == LONGEST_LINE) {
                tooLong = true;
            } else {
                if (length == line.length) {
                    line = Arrays.copyOf(line, length * 2);
                }
                line[length++] = letter;
            }
        }
    }

    @Override
    public boolean ended() {
        return ended;
    }

    @Override
    public Counted counted() {
        return usage.orElseGet(() -> new Counted(promptEstimate, texts, 0));
    }

    private void endLine() {
        if (!tooLong && startsWith(DATA, 0)) {
            int start = afterSpace(DATA.length);
            if (startsWith(DONE, start)) {
                ended = true;
            } else {
                event(start);
            }
        } else if (tooLong) {
            texts++;
        }
        length = 0;
        tooLong = false;
    }

    private void event(int start) {
        if (valueOf(USAGE, start, '{') >= 0) {
            UsageReader reader = new UsageReader();
            reader.read(ByteBuffer.wrap(line, start, length - start));
            usage = reader.counted().or(() -> usage);
        }
        for (byte[] name : TEXTS) {
            int quote = valueOf(name, start, '"');
            if (quote >= 0 && quote + 1 < length && line[quote + 1] != '"') {
                texts++;
                return;
            }
        }
    }

    /** Where the value of a name begins, if it begins with this letter; -1 where there is none such. */
    private int valueOf(byte[] name, int from, char first) {
        for (int at = from; at + name.length < length; at++) {
            if (line[at] == '"' && startsWith(name, at)) {
                int colon = afterSpace(at + name.length);
                if (colon < length && line[colon] == ':') {
                    int value = afterSpace(colon + 1);
                    if (value < length && line[value] == first) {
                        return value;
                    }
                }
            }
        }
        return -1;
    }

    private int afterSpace(int from) {
        int at = from;
        while (at < length && line[at] == ' ') {
            at++;
        }
        return at;
    }

    private boolean startsWith(byte[] letters, int at) {
        return at + letters.length <= length
                && Arrays.equals(line, at, at + letters.length, letters, 0, letters.length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
