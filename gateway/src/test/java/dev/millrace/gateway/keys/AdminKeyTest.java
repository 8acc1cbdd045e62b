package dev.millrace.gateway.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.SetClock;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.testing.Eventually;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminKeyTest {
    private static final Secret FIRST = Secret.draw(new Random(1));
    private static final Secret SECOND = Secret.draw(new Random(2));

    private final SetClock clock = new SetClock("2026-11-24T12:00:00Z");
    private TestDatabase database;
    private KeyRegister register;

    @BeforeEach
    void start() throws Exception {
        database = new TestDatabase();
        register = new KeyRegister(new KeyTable(database.migrated()), clock);
    }

    @AfterEach
    void stop() throws Exception {
        database.close();
    }

    @Test
    void the_secret_of_the_environment_becomes_a_key_with_every_scope_once() throws Exception {
        try (AdminKey one = new AdminKey(register, Optional.of(FIRST));
                AdminKey replica = new AdminKey(register, Optional.of(FIRST))) {
            one.start();
            replica.start();
            Eventually.holds("a key", () -> !register.list().isEmpty());
            assertThat(register.list()).singleElement().satisfies(key -> {
                assertThat(key.scopes()).containsExactlyInAnyOrder(Scope.values());
                assertThat(key.shown()).isEqualTo(FIRST.shown());
                assertThat(key.revokedAt()).isEmpty();
            });
        }
        assertThat(register.adopt(Optional.of(FIRST))).isPresent();
        assertThat(register.list()).hasSize(1);
    }

    @Test
    void another_secret_in_its_place_or_none_takes_it_back_and_no_other_key() throws Exception {
        KeyRegister.Issued users = register.create(NewKey.named("user", Scope.INFERENCE));
        String first = register.adopt(Optional.of(FIRST)).orElseThrow().id();
        String second = register.adopt(Optional.of(SECOND)).orElseThrow().id();
        assertThat(register.find(first).orElseThrow().revokedAt()).isPresent();
        assertThat(register.find(second).orElseThrow().revokedAt()).isEmpty();
        assertThat(register.adopt(Optional.empty())).isEmpty();
        assertThat(register.find(second).orElseThrow().revokedAt()).isPresent();
        assertThat(register.find(users.key().id()).orElseThrow().revokedAt()).isEmpty();
    }

    @Test
    void one_that_was_revoked_by_hand_stays_revoked() throws Exception {
        String id = register.adopt(Optional.of(FIRST)).orElseThrow().id();
        register.revoke(id);
        assertThat(register.adopt(Optional.of(FIRST)).orElseThrow().revokedAt()).isPresent();
    }

    @Test
    void a_secret_that_is_somebodys_key_already_is_left_as_it_is() throws Exception {
        KeyRegister.Issued users = register.create(NewKey.named("user", Scope.INFERENCE));
        assertThat(register.adopt(Optional.of(users.secret())).orElseThrow()).isEqualTo(users.key());
    }
}
