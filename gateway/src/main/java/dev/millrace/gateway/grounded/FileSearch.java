package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.AttributeFilter;
import dev.millrace.contracts.v1.Ranker;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Where passages are looked for, and which.
 *
 * @param collections the vector stores, one or more
 * @param maxResults passages at most, from 1 to 50
 * @param filter on the documents' attributes; absent for all documents
 * @param leastScore passages below it are left out, from 0 to 1; absent: the gateway's setting
 * @param rewriteQuery whether the model first makes a question of the conversation that stands by itself
 */
public record FileSearch(
        List<String> collections,
        int maxResults,
        Optional<AttributeFilter> filter,
        Ranker ranker,
        OptionalDouble leastScore,
        boolean rewriteQuery) {
    public FileSearch {
        collections = List.copyOf(collections);
    }
}
