package dev.millrace.gateway.conversation;

import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/** Where answers are kept. Every method blocks; what another tenant has doesn't exist. */
public interface Conversations {
    void keep(KeptResponse response) throws SQLException;

    Optional<KeptResponse> find(String tenant, String id) throws SQLException;

    /** Whether there was such a one. */
    boolean delete(String tenant, String id) throws SQLException;

    /** Deletes, of all tenants, those made before. */
    void deleteOlderThan(Instant time) throws SQLException;
}
