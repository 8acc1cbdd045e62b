package dev.millrace.gateway.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.gateway.SetClock;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.testing.Eventually;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.DelegatingDataSource;

class KeyRingTest {
    private final SetClock clock = new SetClock("2026-11-24T12:00:00Z");
    private TestDatabase database;
    private Switch line;
    private KeyRegister register;
    private KeyRing ring;

    /** The way to the database, which can be cut. */
    private static final class Switch extends DelegatingDataSource {
        volatile boolean cut;

        Switch(DataSource target) {
            super(target);
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (cut) {
                throw new SQLTransientConnectionException("the line is cut");
            }
            return super.getConnection();
        }
    }

    @BeforeEach
    void start() throws SQLException {
        database = new TestDatabase();
        line = new Switch(database.migrated());
        KeyTable table = new KeyTable(line);
        register = new KeyRegister(table, clock);
        ring = new KeyRing(table, clock, _ -> {});
    }

    @AfterEach
    void stop() {
        database.close();
    }

    private Authentication show(Secret secret) {
        return show(secret.reveal(), ring);
    }

    private static Authentication show(String key, KeyRing ring) {
        return Objects.requireNonNull(ring.authenticate(key).block());
    }

    @Test
    void a_key_opens_what_it_was_made_for() throws SQLException {
        KeyLimits limits = new KeyLimits(
                OptionalInt.of(60), OptionalLong.of(10_000), OptionalInt.of(4), OptionalLong.of(1_000_000));
        NewKey wish = new NewKey(
                "  laptop ", Set.of(Scope.INFERENCE), List.of(new ModelPattern("qwen*")), limits, Optional.empty());
        KeyRegister.Issued issued = register.create(wish);

        assertThat(show(issued.secret()))
                .isEqualTo(new Authentication.Authenticated(
                        new Caller(issued.key().id(), "laptop", Set.of(Scope.INFERENCE), wish.models(), limits)));
        assertThat(register.list()).containsExactly(issued.key());
    }

    @Test
    void only_the_hash_is_stored() throws SQLException {
        Secret secret = register.create(NewKey.named("laptop", Scope.ADMIN)).secret();
        String row = database.ask("select row_to_json(k)::text from gateway.api_key k");
        assertThat(row)
                .contains(secret.hash().hex())
                .contains(secret.shown())
                .doesNotContain(secret.reveal().substring(3, 20));
    }

    @Test
    void a_key_of_no_one_is_unknown_with_and_without_a_fitting_checksum() {
        assertThat(show(Secret.draw(new Random(3)))).isEqualTo(new Authentication.Unknown());
        assertThat(show("sk-something", ring)).isEqualTo(new Authentication.Unknown());
        assertThat(show("", ring)).isEqualTo(new Authentication.Unknown());
    }

    @Test
    void an_end_must_be_in_the_future_and_then_comes() throws SQLException {
        Instant end = clock.instant().plusSeconds(60);
        NewKey wish = new NewKey("visitor", Set.of(Scope.INFERENCE), List.of(), KeyLimits.NONE, Optional.of(end));
        Secret secret = register.create(wish).secret();
        assertThat(show(secret)).isInstanceOf(Authentication.Authenticated.class);
        clock.advance(Duration.ofSeconds(60));
        assertThat(show(secret)).isEqualTo(new Authentication.Expired(end));
        assertThatThrownBy(() -> register.create(wish))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2026-11-24T12:01:00Z");
    }

    @Test
    void a_known_key_is_known_while_the_database_is_away_and_an_unknown_one_is_not_refused_as_wrong()
            throws SQLException {
        Secret known = register.create(NewKey.named("known", Scope.INFERENCE)).secret();
        Secret unseen = register.create(NewKey.named("unseen", Scope.INFERENCE)).secret();
        Authentication before = show(known);
        line.cut = true;
        for (int second = 0; second < 600; second += 30) {
            clock.advance(Duration.ofSeconds(30));
            assertThat(show(known)).isEqualTo(before);
            assertThat(show(unseen)).isInstanceOf(Authentication.Unavailable.class);
        }
        line.cut = false;
        assertThat(show(unseen)).isInstanceOf(Authentication.Authenticated.class);
    }

    @Test
    void a_key_that_nobody_could_confirm_for_an_hour_is_no_longer_believed() throws SQLException {
        Secret secret = register.create(NewKey.named("known", Scope.INFERENCE)).secret();
        show(secret);
        line.cut = true;
        clock.advance(KeyRing.STALE);
        assertThat(show(secret)).isInstanceOf(Authentication.Unavailable.class);
    }

    @Test
    void a_revoked_key_is_refused_at_once_by_every_gateway() throws Exception {
        KeyRegister.Issued issued = register.create(NewKey.named("lost", Scope.INFERENCE));
        KeyRing another = new KeyRing(new KeyTable(line), clock, _ -> {});
        try (KeyChanges here = new KeyChanges(ring, database::connect);
                KeyChanges there = new KeyChanges(another, database::connect)) {
            here.start();
            there.start();
            assertThat(show(issued.secret())).isInstanceOf(Authentication.Authenticated.class);
            show(issued.secret().reveal(), another);

            register.revoke(issued.key().id());

            Authentication revoked = new Authentication.Revoked(clock.instant());
            Eventually.holds("refused here", () -> show(issued.secret()).equals(revoked));
            Eventually.holds(
                    "refused there",
                    () -> show(issued.secret().reveal(), another).equals(revoked));
        }
    }

    @Test
    void a_rotated_key_is_the_same_key_and_its_old_secret_none() throws Exception {
        KeyRegister.Issued issued = register.create(NewKey.named("rotated", Scope.INFERENCE));
        try (KeyChanges changes = new KeyChanges(ring, database::connect)) {
            changes.start();
            assertThat(show(issued.secret())).isInstanceOf(Authentication.Authenticated.class);

            KeyRegister.Issued rotated = register.rotate(issued.key().id()).orElseThrow();

            assertThat(rotated.key().caller().tenant())
                    .isEqualTo(issued.key().caller().tenant());
            assertThat(show(rotated.secret())).isInstanceOf(Authentication.Authenticated.class);
            Eventually.holds(
                    "the old secret is unknown", () -> show(issued.secret()) instanceof Authentication.Unknown);
        }
        register.revoke(issued.key().id());
        assertThat(register.rotate(issued.key().id())).isEmpty();
        assertThat(register.rotate("key_none")).isEmpty();
    }

    @Test
    void a_key_asked_for_before_it_was_made_is_known_once_it_is() throws Exception {
        Secret early = Secret.draw(new Random(11));
        try (KeyChanges changes = new KeyChanges(ring, database::connect)) {
            changes.start();
            assertThat(show(early)).isEqualTo(new Authentication.Unknown());
            KeyRegister.Issued other = register.create(NewKey.named("other", Scope.INFERENCE));
            try (Connection connection = database.connect();
                    var statement = connection.prepareStatement("update gateway.api_key set hash = ? where id = ?")) {
                statement.setBytes(
                        1, java.util.HexFormat.of().parseHex(early.hash().hex()));
                statement.setString(2, other.key().id());
                statement.executeUpdate();
            }
            Eventually.holds("known", () -> show(early) instanceof Authentication.Authenticated);
        }
    }

    @Test
    void what_was_missed_while_not_listening_is_made_good() throws Exception {
        KeyRegister.Issued issued = register.create(NewKey.named("lost", Scope.INFERENCE));
        show(issued.secret());
        register.revoke(issued.key().id());
        assertThat(show(issued.secret())).isInstanceOf(Authentication.Authenticated.class);
        try (KeyChanges changes = new KeyChanges(ring, database::connect)) {
            changes.start();
            Eventually.holds("refused", () -> show(issued.secret()) instanceof Authentication.Revoked);
        }
    }

    @Test
    void the_listener_comes_back_after_its_connection_was_killed() throws Exception {
        KeyRegister.Issued issued = register.create(NewKey.named("lost", Scope.INFERENCE));
        try (KeyChanges changes = new KeyChanges(ring, database::connect)) {
            changes.start();
            String listening = "select count(*) from pg_stat_activity where datname = current_database()"
                    + " and query = 'listen millrace_keys'";
            Eventually.holds("listening", () -> database.ask(listening).equals("1"));
            show(issued.secret());
            database.ask("select pg_terminate_backend(pid) from pg_stat_activity where"
                    + " datname = current_database() and query = 'listen millrace_keys'");
            register.revoke(issued.key().id());
            Eventually.holds("refused", () -> show(issued.secret()) instanceof Authentication.Revoked);
        }
    }

    @Test
    void revoking_again_keeps_the_first_time_and_a_foreign_id_is_no_key() throws SQLException {
        KeyRegister.Issued issued = register.create(NewKey.named("lost", Scope.INFERENCE));
        Instant first = clock.instant().truncatedTo(ChronoUnit.MICROS);
        register.revoke(issued.key().id());
        clock.advance(Duration.ofHours(1));
        assertThat(register.revoke(issued.key().id()).orElseThrow().revokedAt()).contains(first);
        assertThat(register.revoke("key_none")).isEmpty();
    }
}
