package dev.millrace.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.usage.UsageTable.Dimension;
import dev.millrace.gateway.usage.UsageTable.Question;
import dev.millrace.gateway.usage.UsageTable.Total;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UsageTableTest {
    private TestDatabase database;
    private UsageTable table;

    @BeforeEach
    void start() throws SQLException {
        database = new TestDatabase();
        table = new UsageTable(database.migrated());
    }

    @AfterEach
    void stop() {
        database.close();
    }

    private static RequestUsage usage(String id, String key, String model, String at, long prompt, long answer) {
        return new RequestUsage(
                id,
                key,
                model,
                "/v1/chat/completions",
                prompt,
                answer,
                1,
                200,
                Instant.parse(at),
                Duration.ofMillis(5),
                false);
    }

    private static Question november(List<Dimension> by) {
        return new Question(
                LocalDate.parse("2026-11-01"), LocalDate.parse("2026-11-30"), Optional.empty(), Optional.empty(), by);
    }

    @Test
    void a_record_that_comes_twice_counts_once() throws SQLException {
        RequestUsage first = usage("r1", "k1", "m1", "2026-11-24T23:59:59.999Z", 10, 5);
        RequestUsage second = usage("r2", "k1", "m1", "2026-11-24T00:00:00Z", 100, 50);
        assertThat(table.insert(List.of(first))).isEqualTo(1);
        assertThat(table.insert(List.of(first, second, second))).isEqualTo(1);
        assertThat(table.insert(List.of())).isZero();
        assertThat(table.report(november(List.of())))
                .containsExactly(new Total(Optional.empty(), Optional.empty(), Optional.empty(), 2, 110, 55, 2));
    }

    @Test
    void sums_are_by_day_in_utc_by_key_and_by_model() throws SQLException {
        table.insert(List.of(
                usage("r1", "k1", "m1", "2026-11-24T23:59:59.999Z", 1, 0),
                usage("r2", "k1", "m2", "2026-11-25T00:00:00Z", 2, 0),
                usage("r3", "k2", "m2", "2026-11-25T12:00:00Z", 4, 0),
                usage("r4", "k2", "m2", "2026-12-01T00:00:00Z", 8, 0)));
        assertThat(table.report(november(List.of(Dimension.DAY))))
                .extracting(total -> total.day().orElseThrow() + "=" + total.promptTokens())
                .containsExactly("2026-11-24=1", "2026-11-25=6");
        assertThat(table.report(november(List.of(Dimension.KEY))))
                .extracting(total -> total.keyId().orElseThrow() + "=" + total.promptTokens())
                .containsExactly("k1=3", "k2=4");
        assertThat(table.report(new Question(
                        LocalDate.parse("2026-11-01"),
                        LocalDate.parse("2026-12-31"),
                        Optional.of("k2"),
                        Optional.of("m2"),
                        List.of(Dimension.MODEL, Dimension.DAY))))
                .extracting(total ->
                        total.model().orElseThrow() + " " + total.day().orElseThrow() + "=" + total.promptTokens())
                .containsExactly("m2 2026-11-25=4", "m2 2026-12-01=8");
        assertThat(table.report(new Question(
                        LocalDate.parse("2025-11-01"),
                        LocalDate.parse("2025-11-02"),
                        Optional.of("k'; drop table gateway.usage; --"),
                        Optional.empty(),
                        List.of())))
                .isEmpty();
    }

    @Test
    void a_month_and_what_of_it_has_arrived_are_one_state() throws SQLException {
        table.insert(List.of(
                usage("r1", "k1", "m1", "2026-11-01T00:00:00Z", 10, 1),
                usage("r2", "k1", "m2", "2026-11-30T23:59:59Z", 20, 2),
                usage("r3", "k1", "m2", "2026-10-31T23:59:59Z", 40, 4)));
        assertThat(table.read(YearMonth.parse("2026-11"), Map.of("k1", Set.of("r2", "r9"), "k2", Set.of())))
                .isEqualTo(Map.of(
                        "k1", new MonthlyUse.Stored(33, Set.of("r2")), "k2", new MonthlyUse.Stored(0, Set.of())));
    }

    @Test
    void many_writers_with_the_same_records_in_any_order_count_each_once() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        List<RequestUsage> records = new ArrayList<>();
        for (int count = 0; count < 400; count++) {
            records.add(usage("r" + count, "k" + count % 7, "m" + count % 3, "2026-11-24T12:00:00Z", 1, 1));
        }
        List<Future<?>> writers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int writer = 0; writer < 4; writer++) {
                List<RequestUsage> mine = new ArrayList<>(records);
                Random random = new Random(seed + writer);
                Collections.shuffle(mine, random);
                writers.add(threads.submit(() -> {
                    for (int from = 0; from < mine.size(); ) {
                        int to = Math.min(mine.size(), from + 1 + random.nextInt(50));
                        from = stored(mine.subList(from, to)) ? to : from;
                    }
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        assertThat(table.report(november(List.of())))
                .extracting(Total::requests)
                .containsExactly(400L);
    }

    /** Two who lock the same rows in another order: the database gives up one of them, who tries again. */
    private boolean stored(List<RequestUsage> records) {
        try {
            table.insert(records);
            return true;
        } catch (SQLException deadlock) {
            assertThat(deadlock.getSQLState()).isEqualTo("40P01");
            return false;
        }
    }
}
