package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.Analysis;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.Nearness;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.index.ReciprocalRanks;
import dev.millrace.rag.index.Scoring;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** One question to several collections' tables: by words (BM25) and by vectors (HNSW), joined by reciprocal ranks. */
final class PgvectorSearch {
    /** pgvector's own bound. */
    private static final int MAX_CANDIDATES = 1_000;
    /** For each chunk that is wanted: what the graph finds further off is where its order is least sure. */
    private static final int CANDIDATES_EACH = 2;

    private final Session session;
    private final List<ChunkTable> tables;
    private final Question question;
    private final Condition condition;
    private final long mostScored;
    private final String vector;

    /**
     * @param mostScored of the chunks with a question's words, while those with the rarest of them are enough
     */
    PgvectorSearch(Session session, List<ChunkTable> tables, Question question, long mostScored) {
        this.session = session;
        this.tables = tables;
        this.question = question;
        this.mostScored = mostScored;
        this.condition = Condition.of(question.tenant(), question.filter());
        this.vector = Literals.vector(question.vector());
    }

    /** A chunk of one of the tables. */
    private record Place(ChunkTable table, long id) {}

    private record Found(Place place, double score) {}

    private record Scored(Place place, double score, Nearness nearness) {}

    List<Hit> hits(int count, Scoring scoring) {
        // what PostgreSQL thinks a plan costs says little about graphs, and nothing of compiling it
        session.run("set local hnsw.ef_search = "
                + Math.min(MAX_CANDIDATES, Math.max(1, question.depth() * CANDIDATES_EACH))
                + "; set local plan_cache_mode = force_custom_plan; set local jit = off");
        List<Analysis.Word> words = Analysis.words(question.text());
        WordStatistics statistics = WordStatistics.of(
                session, tables.stream().map(ChunkTable::number).toArray(Long[]::new), words);
        List<List<Place>> ways = new ArrayList<>();
        if (question.mode() != Mode.VECTORS) {
            AskedWords asked = statistics.ranking(words);
            ways.add(asked.rareFirst().isEmpty() ? List.of() : best(table -> byWords(table, asked)));
        }
        if (question.mode() != Mode.WORDS) {
            ways.add(best(this::byVector));
        }
        Map<Place, Double> ranks = ReciprocalRanks.shares(question.mode(), ways);
        Map<Place, Nearness> nearness =
                measured(ranks.keySet(), statistics.measuring(Analysis.askedAbout(question.text())));
        List<Scored> bestFirst = nearness.entrySet().stream()
                .map(one -> new Scored(
                        one.getKey(),
                        scoring.score(one.getValue(), ranks.getOrDefault(one.getKey(), 0.0)),
                        one.getValue()))
                .sorted(Comparator.comparingDouble(Scored::score)
                        .reversed()
                        .thenComparingLong(one -> one.place().table().number())
                        .thenComparingLong(one -> one.place().id()))
                .limit(count)
                .toList();
        return read(bestFirst);
    }

    private List<Place> best(Function<ChunkTable, List<Found>> way) {
        return tables.stream()
                .flatMap(table -> way.apply(table).stream())
                .sorted(Comparator.comparingDouble(Found::score).reversed())
                .limit(question.depth())
                .map(Found::place)
                .toList();
    }

    /** Chunks with one of the rarest words are scored; if they are fewer than wanted, so are those with any. */
    private List<Found> byWords(ChunkTable table, AskedWords asked) {
        AskedWords rarest = asked.rarest(mostScored);
        List<Found> best = byWords(table, asked, rarest.any());
        return best.size() == question.depth() || rarest.equals(asked) ? best : byWords(table, asked, asked.any());
    }

    private List<Found> byWords(ChunkTable table, AskedWords asked, String any) {
        List<Object> values = new ArrayList<>(asked.values());
        values.addAll(condition.values());
        values.add(any);
        values.add(question.depth());
        return found(
                table,
                "select id, " + asked.score() + " as score from " + table.name() + " where " + condition.sql()
                        + " and words @@ ?::tsquery order by score desc, id limit ?",
                values);
    }

    /**
     * The graph looks at so many chunks, and what the condition doesn't let through is left out afterwards. If as many remain as are
     * wanted, they are the nearest; if not, all that it lets through are compared.
     */
    private List<Found> byVector(ChunkTable table) {
        List<Found> near = byVector(table, "embedding <#> ?::vector");
        // no index has this expression
        return near.size() == question.depth() ? near : byVector(table, "(embedding <#> ?::vector) + 0");
    }

    private List<Found> byVector(ChunkTable table, String distance) {
        List<Object> values = new ArrayList<>(List.of(vector));
        values.addAll(condition.values());
        values.add(vector);
        values.add(question.depth());
        return found(
                table,
                "select id, -(embedding <#> ?::vector) as score from " + table.name() + " where " + condition.sql()
                        + " order by " + distance + " limit ?",
                values);
    }

    private List<Found> found(ChunkTable table, String query, List<Object> values) {
        return session.list(
                row -> new Found(new Place(table, row.getLong("id")), row.getDouble("score")), query, values);
    }

    private Map<Place, Nearness> measured(Iterable<Place> places, AskedWords asked) {
        Map<Place, Nearness> nearness = new HashMap<>();
        double most = asked.most();
        byTable(places).forEach((table, ids) -> {
            List<Object> values = new ArrayList<>(List.of(vector));
            values.addAll(asked.values());
            values.add(question.tenant());
            values.add(ids.toArray(Long[]::new));
            session.list(
                    row -> nearness.put(
                            new Place(table, row.getLong("id")),
                            new Nearness(row.getDouble("cosine"), most == 0 ? 0 : row.getDouble("score") / most)),
                    "select id, -(embedding <#> ?::vector) as cosine, " + asked.score() + " as score from "
                            + table.name() + " where tenant = ? and id = any (?)",
                    values);
        });
        return nearness;
    }

    private static Map<ChunkTable, List<Long>> byTable(Iterable<Place> places) {
        Map<ChunkTable, List<Long>> byTable = new HashMap<>();
        places.forEach(place ->
                byTable.computeIfAbsent(place.table(), _ -> new ArrayList<>()).add(place.id()));
        return byTable;
    }

    /** What was deleted since it was found is left out. */
    private List<Hit> read(List<Scored> bestFirst) {
        Map<Place, Hit> hits = new HashMap<>();
        byTable(bestFirst.stream().map(Scored::place).toList())
                .forEach((table, ids) -> table.read(session, ids.toArray(Long[]::new))
                        .forEach((id, hit) -> hits.put(new Place(table, id), hit)));
        return bestFirst.stream()
                .flatMap(one ->
                        Stream.ofNullable(hits.get(one.place())).map(hit -> hit.with(one.score(), one.nearness())))
                .toList();
    }
}
