package dev.millrace.gateway.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.conversation.KeptResponse.Turn;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConversationTableTest {
    private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

    private static KeptResponse response(String id, Instant createdAt) {
        return new KeptResponse(
                id,
                "key_1",
                createdAt,
                "{\"id\":\"" + id + "\"}",
                "[]",
                List.of(new Turn("user", "Does it turn?"), new Turn("assistant", "It does: \"yes\", {水车}, 'so'.")));
    }

    @Test
    void a_response_is_kept_for_its_tenant_until_it_is_deleted_or_old() throws Exception {
        try (TestDatabase database = new TestDatabase()) {
            ConversationTable table = new ConversationTable(database.migrated());
            table.keep(response("resp_1", NOON));
            table.keep(response("resp_2", NOON.minusSeconds(60)));

            assertThat(table.find("key_1", "resp_1")).contains(response("resp_1", NOON));
            assertThat(table.find("key_2", "resp_1")).isEmpty();
            assertThat(table.delete("key_2", "resp_1")).isFalse();

            table.deleteOlderThan(NOON);
            assertThat(table.find("key_1", "resp_2")).isEmpty();
            assertThat(table.delete("key_1", "resp_1")).isTrue();
            assertThat(table.find("key_1", "resp_1")).isEmpty();
        }
    }
}
