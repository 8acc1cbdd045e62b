package dev.millrace.rag.grpc;

import dev.millrace.rag.catalogue.Page;
import java.util.Optional;
import java.util.function.Function;

/** Pages of rag.proto as the catalogue has them. */
final class Pages {
    private static final int MAX_LIMIT = 1_000;

    private Pages() {}

    /**
     * @param place where the list has the element of an id
     */
    static Page of(dev.millrace.contracts.v1.Page message, Function<String, Optional<Page.Cursor>> place) {
        if (message.getLimit() < 0 || message.getLimit() > MAX_LIMIT) {
            throw Errors.invalidValue(
                    "limit", "limit must be 1 to " + MAX_LIMIT + ", or 0 for all, was " + message.getLimit());
        }
        return new Page(
                message.getLimit(),
                cursor("after", message.getAfter(), place),
                cursor("before", message.getBefore(), place),
                message.getOldestFirst());
    }

    private static Optional<Page.Cursor> cursor(
            String param, String id, Function<String, Optional<Page.Cursor>> place) {
        if (id.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(place.apply(id)
                .orElseThrow(() -> Errors.invalidValue(
                        param, param + " must be the id of an element of this list, was \"" + id + "\"")));
    }
}
