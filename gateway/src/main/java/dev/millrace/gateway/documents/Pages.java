package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.contracts.v1.Page;
import dev.millrace.gateway.openai.Queries;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import java.util.Optional;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;

/** Which part of a list a URL asks for. */
final class Pages {
    private static final int LIMIT = 20;
    private static final int MOST = 100;
    private static final List<String> STATES = List.of("in_progress", "completed", "failed", "cancelled");

    private Pages() {}

    static Page read(ServerWebExchange exchange) {
        MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
        Page.Builder page = Page.newBuilder()
                .setLimit(Queries.integer(query, "limit", 1, MOST).orElse(LIMIT))
                .setOldestFirst(Queries.choice(query, "order", List.of("asc", "desc"), "desc")
                        .equals("asc"));
        cursor(query, "after").ifPresent(page::setAfter);
        cursor(query, "before").ifPresent(page::setBefore);
        return page.build();
    }

    private static Optional<String> cursor(MultiValueMap<String, String> query, String name) {
        Optional<String> id = Optional.ofNullable(query.getFirst(name)).filter(text -> !text.isEmpty());
        id.filter(text -> text.indexOf('\0') >= 0).ifPresent(_ -> {
            throw Refusal.invalid(name, name + " must be the id of an element of this list")
                    .exception();
        });
        return id;
    }

    /** Which files: all, or those in one state. */
    static DocumentState filter(ServerWebExchange exchange) {
        MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
        if (query.getFirst("filter") == null) {
            return DocumentState.DOCUMENT_STATE_UNSPECIFIED;
        }
        return switch (Queries.choice(query, "filter", STATES, "completed")) {
            case "in_progress" -> DocumentState.DOCUMENT_STATE_IN_PROGRESS;
            case "failed" -> DocumentState.DOCUMENT_STATE_FAILED;
            case "cancelled" -> DocumentState.DOCUMENT_STATE_CANCELLED;
            default -> DocumentState.DOCUMENT_STATE_COMPLETED;
        };
    }
}
