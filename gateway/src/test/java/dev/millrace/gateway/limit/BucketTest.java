package dev.millrace.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.SetClock;
import dev.millrace.gateway.keys.KeyLimits;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BucketTest {
    private final SetClock clock = new SetClock("2026-11-24T12:00:00Z");

    @Test
    void it_fills_evenly_and_not_beyond_a_minute() {
        Bucket bucket = new Bucket(60, clock);
        bucket.take(60);
        assertThat(bucket.left()).isZero();
        clock.advance(Duration.ofMillis(999));
        assertThat(bucket.left()).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(bucket.left()).isEqualTo(1);
        clock.advance(Duration.ofHours(5));
        assertThat(bucket.left()).isEqualTo(60);
    }

    @Test
    void who_waits_as_long_as_told_is_served_and_a_microsecond_earlier_is_not() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            long perMinute = 1 + random.nextLong(KeyLimits.MOST_PER_MINUTE);
            Bucket bucket = new Bucket(perMinute, clock);
            bucket.take(random.nextLong(perMinute + 1));
            long wanted = 1 + random.nextLong(perMinute);
            Duration wait = bucket.until(wanted);
            if (wait.isZero()) {
                continue;
            }
            clock.advance(wait.minusNanos(1_000));
            assertThat(bucket.left()).isLessThan(wanted);
            clock.advance(Duration.ofNanos(1_000));
            assertThat(bucket.left()).isGreaterThanOrEqualTo(wanted);
        }
    }

    @Test
    void many_small_looks_fill_it_by_as_much_as_one() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Bucket looked = new Bucket(7, clock);
        Bucket left = new Bucket(7, clock);
        looked.take(14);
        left.take(14);
        long passedNanos = 0;
        while (passedNanos < 59_000_000_000L) {
            long nanos = random.nextLong(20_000_000);
            clock.advance(Duration.ofNanos(nanos));
            passedNanos += nanos;
            looked.left();
        }
        assertThat(looked.until(7)).isBetween(left.until(7), left.until(7).plusNanos(1_000));
    }

    @Test
    void the_most_that_a_limit_can_be_does_not_overflow() {
        long most = KeyLimits.MOST_PER_MINUTE;
        Bucket bucket = new Bucket(most, clock);
        bucket.take(Long.MAX_VALUE);
        assertThat(bucket.left()).isZero();
        assertThat(bucket.untilFull()).isEqualTo(Duration.ofMinutes(2));
        clock.advance(Duration.ofDays(4_000));
        assertThat(bucket.left()).isEqualTo(most);
        bucket.giveBack(Long.MAX_VALUE);
        assertThat(bucket.left()).isEqualTo(most);
        assertThat(BigInteger.valueOf(most)
                        .multiply(BigInteger.valueOf(240_000_000))
                        .bitLength())
                .isLessThan(63);
    }

    @Test
    void a_clock_that_is_set_back_fills_nothing_and_goes_on() {
        Bucket bucket = new Bucket(60, clock);
        bucket.take(60);
        clock.set("2026-11-24T11:00:00Z");
        assertThat(bucket.left()).isZero();
        clock.advance(Duration.ofSeconds(1));
        assertThat(bucket.left()).isEqualTo(1);
    }

    @Test
    void durations_read_as_openai_writes_them() {
        assertThat(GoDuration.text(Duration.ZERO)).isEqualTo("0s");
        assertThat(GoDuration.text(Duration.ofMillis(17))).isEqualTo("17ms");
        assertThat(GoDuration.text(Duration.ofNanos(1))).isEqualTo("1ms");
        assertThat(GoDuration.text(Duration.ofSeconds(1))).isEqualTo("1s");
        assertThat(GoDuration.text(Duration.ofMillis(8_640))).isEqualTo("8.64s");
        assertThat(GoDuration.text(Duration.ofSeconds(10))).isEqualTo("10s");
        assertThat(GoDuration.text(Duration.ofMinutes(6))).isEqualTo("6m0s");
        assertThat(GoDuration.text(Duration.ofMillis(432_500))).isEqualTo("7m12.5s");
        assertThat(GoDuration.text(Duration.ofHours(25))).isEqualTo("25h0m0s");
    }
}
