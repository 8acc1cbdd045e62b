package dev.millrace.rag.catalogue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Which part of a list is wanted, by time of creation.
 *
 * @param limit  0 for all
 * @param after  the element that the part follows
 * @param before the element that follows the part; only where there is no {@code after}
 */
public record Page(int limit, Optional<Cursor> after, Optional<Cursor> before, boolean oldestFirst) {
    public static final Page ALL = new Page(0, Optional.empty(), Optional.empty(), false);

    /** The place of an element. */
    public record Cursor(Instant createdAt, String id) {}

    /**
     * @param hasMore whether more follows it; for a part before an element, whether more precedes it
     */
    public record Part<T>(List<T> elements, boolean hasMore) {
        public Part {
            elements = List.copyOf(elements);
        }
    }

    /**
     * @param query ends within a condition, so that " and ..." can follow
     * @param table the alias of the table whose elements are listed, with a point: {@code "d."}
     */
    <T> Part<T> of(Sql sql, Sql.Row<T> row, String query, String table, Object... values) {
        boolean backwards = after.isEmpty() && before.isPresent();
        boolean ascending = oldestFirst != backwards;
        List<Object> all = new ArrayList<>(List.of(values));
        StringBuilder paged = new StringBuilder(query);
        after.or(() -> before).ifPresent(cursor -> {
            paged.append(" and (%screated_at, %sid) %s (?, ?)".formatted(table, table, ascending ? ">" : "<"));
            all.add(cursor.createdAt());
            all.add(cursor.id());
        });
        String order = ascending ? "asc" : "desc";
        paged.append(" order by %screated_at %s, %sid %s".formatted(table, order, table, order));
        if (limit > 0) {
            paged.append(" limit ?");
            // one more shows whether there are more
            all.add(limit + 1);
        }
        List<T> found = new ArrayList<>(sql.list(row, paged.toString(), all.toArray()));
        boolean hasMore = limit > 0 && found.size() > limit;
        if (hasMore) {
            found.removeLast();
        }
        if (backwards) {
            Collections.reverse(found);
        }
        return new Part<>(found, hasMore);
    }
}
