package dev.millrace.gateway.conversation;

import java.time.Instant;
import java.util.List;

/**
 * An answer that is kept.
 *
 * @param id {@code resp_...}
 * @param tenant whose it is
 * @param response the answer as it was given, JSON
 * @param input the items that it answered, a JSON array
 * @param turns the conversation until after it, without instructions
 */
public record KeptResponse(
        String id, String tenant, Instant createdAt, String response, String input, List<Turn> turns) {
    public KeptResponse {
        turns = List.copyOf(turns);
    }

    /** One message of a conversation. */
    public record Turn(String role, String text) {}
}
