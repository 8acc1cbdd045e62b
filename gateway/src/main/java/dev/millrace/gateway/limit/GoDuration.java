package dev.millrace.gateway.limit;

import java.math.BigDecimal;
import java.time.Duration;

/** Writes a duration as OpenAI's rate-limit headers do, which is Go's way: {@code 17ms}, {@code 8.64s}, {@code 6m0s}. */
final class GoDuration {
    private GoDuration() {}

    /** Rounded up to whole milliseconds: whoever waits that long has waited long enough. */
    static String text(Duration duration) {
        long millis = Math.ceilDiv(duration.toNanos(), 1_000_000);
        if (millis == 0) {
            return "0s";
        }
        if (millis < 1_000) {
            return millis + "ms";
        }
        String seconds = seconds(millis % 60_000);
        long minutes = millis / 60_000;
        if (minutes == 0) {
            return seconds;
        }
        return minutes < 60 ? minutes + "m" + seconds : minutes / 60 + "h" + minutes % 60 + "m" + seconds;
    }

    private static String seconds(long millis) {
        return BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString() + "s";
    }
}
