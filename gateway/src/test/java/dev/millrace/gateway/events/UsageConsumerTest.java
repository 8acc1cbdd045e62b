package dev.millrace.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.usage.RequestUsage;
import dev.millrace.gateway.usage.UsageTable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UsageConsumerTest {
    private static RequestUsage usage(String id, String model) {
        return new RequestUsage(
                id, "k1", model, "/v1/chat/completions", 1, 2, 0, 200, Instant.EPOCH, Duration.ZERO, false);
    }

    @Test
    void a_record_that_the_database_will_never_take_holds_up_none_of_the_others() throws Exception {
        try (TestDatabase database = new TestDatabase()) {
            String noise = new Random(1)
                    .ints(20_000, 'a', 'z')
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            List<RequestUsage> records = List.of(
                    usage("r1", "tiny"),
                    usage("r2", "a\0b"),
                    usage("r3", "tiny"),
                    usage("r4", noise),
                    usage("r5", "x"));
            UsageConsumer.store(records, new UsageTable(database.migrated()));
            assertThat(database.ask("select string_agg(request_id, ' ' order by request_id) from gateway.usage"))
                    .isEqualTo("r1 r3 r5");
        }
    }

    @Test
    void while_the_database_is_away_all_records_wait() {
        try (HikariDataSource away = new HikariDataSource()) {
            away.setJdbcUrl("jdbc:postgresql://127.0.0.1:1/none");
            away.setInitializationFailTimeout(-1);
            away.setConnectionTimeout(250);
            assertThatThrownBy(() -> UsageConsumer.store(List.of(usage("r1", "tiny")), new UsageTable(away)))
                    .hasMessageContaining("usage waits for the database");
        }
    }
}
