package dev.millrace.gateway.usage;

import java.sql.SQLException;
import java.time.YearMonth;
import java.util.Map;
import java.util.Set;

/** What the database says that keys have used of a month. */
public interface MonthlyUse {
    /**
     * @param tokens  prompt and completion tokens of the month so far
     * @param arrived of the requests asked about, those that are in {@code tokens}
     */
    record Stored(long tokens, Set<String> arrived) {
        public Stored {
            arrived = Set.copyOf(arrived);
        }
    }

    /**
     * Reads one consistent state.
     *
     * @param requests by key, the ids of requests that may have arrived
     * @return one for each key asked about
     */
    Map<String, Stored> read(YearMonth month, Map<String, Set<String>> requests) throws SQLException;
}
