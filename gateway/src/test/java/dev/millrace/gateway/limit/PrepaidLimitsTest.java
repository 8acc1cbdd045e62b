package dev.millrace.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.millrace.gateway.SetClock;
import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.keys.KeyLimits;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.limit.Reservation.Granted;
import dev.millrace.gateway.limit.Reservation.Refused;
import dev.millrace.gateway.limit.Reservation.TooLarge;
import dev.millrace.gateway.usage.MonthlyUse;
import java.sql.SQLException;
import java.time.Duration;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class PrepaidLimitsTest {
    private final SetClock clock = new SetClock("2026-11-24T12:00:00Z");
    private final Stored stored = new Stored();
    private final PrepaidLimits limits = new PrepaidLimits(clock, stored);

    /** A database in memory: which request used how much. */
    private static final class Stored implements MonthlyUse {
        final Map<String, Long> arrived = new ConcurrentHashMap<>();

        @Override
        public synchronized Map<String, MonthlyUse.Stored> read(YearMonth month, Map<String, Set<String>> requests) {
            Map<String, MonthlyUse.Stored> answer = new HashMap<>();
            long sum = arrived.values().stream().mapToLong(Long::longValue).sum();
            requests.forEach((key, asked) -> {
                Set<String> found = new HashSet<>(asked);
                found.retainAll(arrived.keySet());
                answer.put(key, new MonthlyUse.Stored(sum, found));
            });
            return answer;
        }

        synchronized void arrive(String requestId, long tokens) {
            arrived.put(requestId, tokens);
        }
    }

    private static Caller caller(KeyLimits of) {
        return new Caller("key_1", "test", Set.of(Scope.INFERENCE), List.of(), of);
    }

    private static KeyLimits requestsPerMinute(int limit) {
        return new KeyLimits(OptionalInt.of(limit), OptionalLong.empty(), OptionalInt.empty(), OptionalLong.empty());
    }

    private static KeyLimits tokensPerMinute(long limit) {
        return new KeyLimits(OptionalInt.empty(), OptionalLong.of(limit), OptionalInt.empty(), OptionalLong.empty());
    }

    private static KeyLimits parallel(int limit) {
        return new KeyLimits(OptionalInt.empty(), OptionalLong.empty(), OptionalInt.of(limit), OptionalLong.empty());
    }

    private static KeyLimits perMonth(long limit) {
        return new KeyLimits(OptionalInt.empty(), OptionalLong.empty(), OptionalInt.empty(), OptionalLong.of(limit));
    }

    private Reservation reserve(KeyLimits of, long tokens) {
        return limits.reserve(caller(of), "m", tokens);
    }

    @Test
    void a_key_without_limits_is_never_refused_and_has_no_headers() {
        for (int count = 0; count < 10_000; count++) {
            assertThat(reserve(KeyLimits.NONE, 1_000_000))
                    .asInstanceOf(type(Granted.class))
                    .satisfies(granted -> assertThat(granted.headers()).isEmpty());
        }
    }

    @Test
    void the_request_after_the_last_one_waits_as_long_as_told() {
        KeyLimits two = requestsPerMinute(2);
        reserve(two, 1);
        assertThat(reserve(two, 1).headers())
                .containsEntry("x-ratelimit-limit-requests", "2")
                .containsEntry("x-ratelimit-remaining-requests", "0")
                .containsEntry("x-ratelimit-reset-requests", "1m0s")
                .doesNotContainKey("x-ratelimit-limit-tokens");
        assertThat(reserve(two, 1)).asInstanceOf(type(Refused.class)).satisfies(refused -> {
            assertThat(refused.code()).isEqualTo("rate_limit_exceeded");
            assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(30));
            assertThat(refused.message()).contains("2 requests a minute").contains("30s");
        });
        clock.advance(Duration.ofSeconds(30));
        assertThat(reserve(two, 1)).isInstanceOf(Granted.class);
        assertThat(reserve(two, 1)).isInstanceOf(Refused.class);
    }

    @Test
    void tokens_are_paid_before_and_the_rest_is_given_back() {
        KeyLimits thousand = tokensPerMinute(1_000);
        Granted first = (Granted) reserve(thousand, 900);
        assertThat(first.headers())
                .containsEntry("x-ratelimit-limit-tokens", "1000")
                .containsEntry("x-ratelimit-remaining-tokens", "100")
                .containsEntry("x-ratelimit-reset-tokens", "54s");
        assertThat(reserve(thousand, 200)).asInstanceOf(type(Refused.class)).satisfies(refused -> {
            assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(6));
            assertThat(refused.message())
                    .contains("1000 tokens a minute")
                    .contains("100 are left")
                    .contains("200");
        });
        first.settle(100);
        first.settle(0);
        assertThat(reserve(thousand, 900)).isInstanceOf(Granted.class);
        assertThat(reserve(thousand, 1)).isInstanceOf(Refused.class);
    }

    @Test
    void what_was_used_beyond_what_was_set_aside_is_paid_too() {
        KeyLimits thousand = tokensPerMinute(1_000);
        ((Granted) reserve(thousand, 500)).settle(1_200);
        assertThat(reserve(thousand, 1))
                .asInstanceOf(type(Refused.class))
                .satisfies(refused ->
                        assertThat(refused.retryAfter()).isBetween(Duration.ofSeconds(12), Duration.ofMillis(12_061)));
    }

    @Test
    void a_request_that_can_never_fit_is_told_so_and_takes_nothing() {
        assertThat(reserve(tokensPerMinute(1_000), 1_001))
                .asInstanceOf(type(TooLarge.class))
                .satisfies(refused ->
                        assertThat(refused.message()).contains("1001").contains("1000 tokens a minute"));
        assertThat(reserve(tokensPerMinute(1_000), 1_000)).isInstanceOf(Granted.class);
        assertThat(reserve(perMonth(50), 51))
                .asInstanceOf(type(TooLarge.class))
                .satisfies(
                        refused -> assertThat(refused.message()).contains("51").contains("50 tokens a month"));
    }

    @Test
    void a_refused_request_takes_nothing_of_any_limit() {
        KeyLimits both =
                new KeyLimits(OptionalInt.of(10), OptionalLong.of(100), OptionalInt.of(1), OptionalLong.of(10_000));
        Granted running = (Granted) reserve(both, 10);
        for (int count = 0; count < 100; count++) {
            assertThat(reserve(both, 10)).isInstanceOf(Refused.class);
        }
        running.settle(10);
        assertThat(reserve(both, 90).headers())
                .containsEntry("x-ratelimit-remaining-requests", "8")
                .containsEntry("x-ratelimit-remaining-tokens", "0");
    }

    @Test
    void a_month_s_budget_ends_with_the_month() throws SQLException {
        KeyLimits hundred = perMonth(100);
        stored.arrive("before", 60);
        limits.prepare(caller(hundred));
        assertThat(reserve(hundred, 41)).asInstanceOf(type(Refused.class)).satisfies(refused -> {
            assertThat(refused.code()).isEqualTo("insufficient_quota");
            assertThat(refused.message()).contains("40 of its 100 tokens");
            assertThat(refused.retryAfter()).isEqualTo(Duration.ofHours(6 * 24 + 12));
        });
        assertThat(reserve(hundred, 40)).isInstanceOf(Granted.class);
        clock.set("2026-12-01T00:00:00Z");
        assertThat(reserve(hundred, 60)).isInstanceOf(Granted.class);
    }

    @Test
    void a_record_counts_once_before_on_and_after_its_way_to_the_database() throws SQLException {
        KeyLimits hundred = perMonth(100);
        Granted granted = (Granted) reserve(hundred, 50);
        assertThat(reserve(hundred, 51)).isInstanceOf(Refused.class);
        granted.settle(30);
        assertThat(reserve(hundred, 71)).isInstanceOf(Refused.class);
        limits.told("key_1", "r1", 30);
        limits.refresh();
        assertThat(reserve(hundred, 71)).isInstanceOf(Refused.class);
        stored.arrive("r1", 30);
        limits.refresh();
        limits.refresh();
        assertThat(reserve(hundred, 71)).isInstanceOf(Refused.class);
        assertThat(reserve(hundred, 70)).isInstanceOf(Granted.class);
    }

    @Test
    void many_at_once_never_exceed_a_budget_nor_the_parallel_limit() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        long budget = 50_000;
        KeyLimits both =
                new KeyLimits(OptionalInt.empty(), OptionalLong.empty(), OptionalInt.of(5), OptionalLong.of(budget));
        AtomicLong used = new AtomicLong();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Future<?>> workers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(9)) {
            for (int worker = 0; worker < 8; worker++) {
                Random random = new Random(seed + worker);
                String name = "w" + worker + "-";
                workers.add(threads.submit(() -> {
                    for (int round = 0; round < 3_000; round++) {
                        long wanted = 1 + random.nextLong(100);
                        if (reserve(both, wanted) instanceof Granted granted) {
                            most.accumulateAndGet(running.incrementAndGet(), Math::max);
                            long spent = random.nextLong(wanted + 1);
                            used.addAndGet(spent);
                            LockSupport.parkNanos(1_000);
                            running.decrementAndGet();
                            granted.settle(spent);
                            limits.told("key_1", name + round, spent);
                            if (random.nextBoolean()) {
                                stored.arrive(name + round, spent);
                            }
                        }
                    }
                }));
            }
            threads.submit(() -> {
                        for (int round = 0; round < 200; round++) {
                            limits.refresh();
                        }
                        return null;
                    })
                    .get();
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
        limits.refresh();
        assertThat(most.get()).isBetween(1, 5);
        assertThat(used.get()).isBetween(budget / 2, budget);
        long left = budget - used.get();
        if (left > 0) {
            assertThat(reserve(both, left)).isInstanceOf(Granted.class);
        }
        assertThat(reserve(both, 1)).isInstanceOf(Refused.class);
    }

    @Test
    void new_limits_hold_from_the_next_request_on() {
        assertThat(reserve(parallel(1), 1)).isInstanceOf(Granted.class);
        assertThat(reserve(parallel(1), 1)).isInstanceOf(Refused.class);
        assertThat(reserve(parallel(2), 1)).isInstanceOf(Granted.class);
    }
}
