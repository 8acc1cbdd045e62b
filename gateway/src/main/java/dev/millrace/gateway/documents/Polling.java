package dev.millrace.gateway.documents;

import org.springframework.web.server.ServerWebExchange;

/** Tells clients that wait for a file or a batch when to look again; OpenAI's own clients heed it. */
final class Polling {
    private static final String HEADER = "openai-poll-after-ms";
    private static final String AFTER = "500";

    private Polling() {}

    static void hint(ServerWebExchange exchange, String status) {
        if (status.equals("in_progress")) {
            exchange.getResponse().getHeaders().set(HEADER, AFTER);
        }
    }
}
