package dev.millrace.rag.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * BEIR's SciFact, read from a folder with corpus.tsv (doc_id, title, text), queries.tsv (query_id, query) and qrels.tsv
 * (query_id, doc_id, relevance), each with a line of names first.
 *
 * @param documents title and text by id, in the order of ids
 * @param queries   those that are judged
 * @param relevant  by query, the documents' judgements
 */
public record SciFact(
        Map<String, Document> documents, Map<String, String> queries, Map<String, Map<String, Integer>> relevant) {
    private static final long SEED = 20_26;

    /** An abstract. */
    public record Document(String title, String text) {
        public String whole() {
            return title + " " + text;
        }
    }

    public static SciFact in(Path folder) throws IOException {
        Map<String, Document> documents = new TreeMap<>();
        rows(folder.resolve("corpus.tsv")).forEach(row -> documents.put(row[0], new Document(row[1], row[2])));
        Map<String, Map<String, Integer>> relevant = new TreeMap<>();
        rows(folder.resolve("qrels.tsv"))
                .forEach(row ->
                        relevant.computeIfAbsent(row[0], _ -> new HashMap<>()).put(row[1], Integer.parseInt(row[2])));
        Map<String, String> queries = new TreeMap<>();
        rows(folder.resolve("queries.tsv")).forEach(row -> queries.put(row[0], row[1]));
        queries.keySet().retainAll(relevant.keySet());
        return new SciFact(documents, queries, relevant);
    }

    private static List<String[]> rows(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.skip(1).map(line -> line.split("\t", -1)).toList();
        }
    }

    /** The documents' whole texts, in their order. */
    public List<String> texts() {
        return documents.values().stream().map(Document::whole).toList();
    }

    /** With so many documents: all that are judged, and some of the others. */
    public SciFact sample(int most) {
        Set<String> ids = new LinkedHashSet<>();
        relevant.values().forEach(judged -> ids.addAll(judged.keySet()));
        List<String> shuffled = new ArrayList<>(documents.keySet());
        Collections.shuffle(shuffled, new Random(SEED));
        ids.addAll(shuffled);
        Map<String, Document> some = new TreeMap<>(documents);
        some.keySet().retainAll(ids.stream().limit(most).toList());
        return new SciFact(some, queries, relevant);
    }
}
