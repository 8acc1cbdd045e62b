package dev.millrace.rag.index.pgvector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.rag.PgvectorServer;
import dev.millrace.rag.database.PgvectorDatabase;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.AttributeValue.Numeric;
import dev.millrace.rag.index.AttributeValue.Text;
import dev.millrace.rag.index.CollectionIndex.Changes;
import dev.millrace.rag.index.CollectionIndexTest;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexAwayException;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.IndexedDocument;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.index.Question;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.index.Scoring;
import dev.millrace.rag.store.LuceneIndexes;
import dev.millrace.rag.text.Pages;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PgvectorIndexTest extends CollectionIndexTest {
    private static final AttributeFilter EVERYTHING = new AttributeFilter.All(List.of());
    private static final long SEED = 20_26;

    private static String url = "";
    private static PgvectorDatabase database;

    @BeforeAll
    static void migrate() throws SQLException {
        url = PgvectorServer.newDatabase();
        database = new PgvectorDatabase(url, "postgres", "");
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
    }

    @AfterEach
    void empty() throws SQLException {
        List<String> tables = ask("select tablename from pg_tables where tablename ~ '^chunk_[0-9]+$'");
        try (Connection connection = database.database().getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : tables) {
                statement.execute("drop table rag_index." + table);
            }
            statement.execute("truncate rag_index.collection cascade");
        }
    }

    private static List<String> ask(String query) throws SQLException {
        try (Connection connection = database.database().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        }
    }

    @Override
    protected Indexes open() {
        return new PgvectorIndexes(database.database());
    }

    @Test
    void several_processes_change_and_search_the_same_collection() throws Exception {
        try (PgvectorDatabase second = new PgvectorDatabase(url, "postgres", "")) {
            Indexes elsewhere = new PgvectorIndexes(second.database());
            List<Thread> writers = IntStream.range(0, 40)
                    .mapToObj(i -> Thread.ofPlatform().start(() -> {
                        IndexedDocument document =
                                document("d" + i % 10, Map.of(), chunk("the wheel number " + i, i % 4));
                        try (Changes changes = (i % 2 == 0 ? indexes : elsewhere)
                                .of("t", IndexId.first("c"))
                                .change()) {
                            changes.replace(document);
                        }
                    }))
                    .toList();
            for (Thread writer : writers) {
                writer.join();
            }
            for (Indexes one : List.of(indexes, elsewhere)) {
                assertThat(search(one, "wheel", new float[] {1, 0, 0, 0}, EVERYTHING, Mode.WORDS, 50))
                        .extracting(Hit::document)
                        .containsExactlyInAnyOrder("d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9");
            }
            try (Changes changes = elsewhere.of("t", IndexId.first("c")).change()) {
                changes.delete("d3");
            }
            assertThat(indexes.of("t", IndexId.first("c")).fingerprint("d3")).isEmpty();
            elsewhere.delete(IndexId.first("c"));
            // what was being taken in while the collection was deleted doesn't come back
            put("c", document("late", Map.of(), chunk("the wheel", 0)));
            assertThat(indexes.of("t", IndexId.first("c")).chunks("late")).isZero();
            assertThat(ask("select count(*) from pg_tables where tablename ~ '^chunk_[0-9]+$'"))
                    .containsExactly("0");
        }
        countsAreRight();
    }

    private static List<Hit> search(
            Indexes indexes, String text, float[] vector, AttributeFilter filter, Mode mode, int depth) {
        return indexes.search(
                List.of(IndexId.first("c")),
                new Question("t", text, vector, filter, mode, depth),
                depth,
                Scoring.RANKS);
    }

    @Test
    void a_change_whose_connection_breaks_leaves_nothing_and_can_be_tried_again() throws Exception {
        put("c", document("a", Map.of(), chunk("old words", 0)));
        assertThatThrownBy(() -> {
                    try (Changes changes = indexes.of("t", IndexId.first("c")).change()) {
                        breakConnections();
                        changes.replace(document("a", Map.of(), chunk("new words", 0)));
                    }
                })
                .isInstanceOf(IndexAwayException.class);
        assertThat(indexes.of("t", IndexId.first("c")).text("a")).containsExactly("old words");
        put("c", document("a", Map.of(), chunk("new words", 0)));
        assertThat(indexes.of("t", IndexId.first("c")).text("a")).containsExactly("new words");
        countsAreRight();
    }

    private static void breakConnections() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                    + " where datname = current_database() and pid <> pg_backend_pid()");
        }
    }

    /** What is kept of words is what counting all chunks anew gives. */
    private static void countsAreRight() throws SQLException {
        for (String number : ask("select number from rag_index.collection where deleted_at is null")) {
            String table = "rag_index.chunk_" + number;
            assertThat(ask("select term || ' ' || chunks from rag_index.term where chunks <> 0 and collection = "
                            + number))
                    .containsExactlyInAnyOrderElementsOf(ask("select lexeme || ' ' || count(*) from " + table
                            + ", unnest(tsvector_to_array(words)) lexeme group by lexeme"));
            assertThat(ask(
                            "select field || ' ' || chunks || ' ' || length from rag_index.field where chunks <> 0 and collection = "
                                    + number))
                    .containsExactlyInAnyOrderElementsOf(ask(
                            "select field || ' ' || count(*) || ' ' || sum(length) from " + table + " group by field"));
        }
    }

    @Test
    void counts_of_words_follow_every_change() throws Exception {
        put("c", document("a", Map.of(), chunk("a wheel's wheel is a wheel", 0), chunk("the 水车 turns", 1)));
        put("c", document("b", Map.of(), chunk("水车是一种由水推动的机械。", 0), chunk("it's a \\ 'quoted' wheel", 2)));
        countsAreRight();
        put("c", document("a", Map.of(), chunk("a sail turns", 0)));
        countsAreRight();
        try (Changes changes = indexes.of("t", IndexId.first("c")).change()) {
            changes.delete("b");
            changes.revise("a", Map.of("k", new Text("v")), "print");
        }
        countsAreRight();
    }

    @Test
    void a_text_with_a_character_that_postgresql_has_not_is_taken_in() {
        put("c", document("a", Map.of(), chunk("a wheel\0and a sail", 0)));
        assertThat(search(indexes, "sail", new float[] {1, 0, 0, 0}, EVERYTHING, Mode.HYBRID, 5)
                        .getFirst()
                        .text())
                .isEqualTo("a wheel\uFFFDand a sail");
    }

    @Test
    void scores_mean_what_lucenes_do(@TempDir Path folder) {
        Random random = new Random(SEED);
        List<String> words = IntStream.range(0, 300).mapToObj(i -> "word" + i).toList();
        try (LuceneIndexes lucene = new LuceneIndexes(folder)) {
            IndexedDocument document = document(
                    "d",
                    Map.of(),
                    IntStream.range(0, 200)
                            .mapToObj(_ -> vectorChunk(text(random, words, 5 + random.nextInt(60)), vector(random, 16)))
                            .toArray(IndexedChunk[]::new));
            put("c", document);
            try (Changes changes = lucene.of("t", IndexId.first("c")).change()) {
                changes.replace(document);
            }
            for (int i = 0; i < 20; i++) {
                String text = text(random, words, 6);
                float[] vector = vector(random, 16);
                for (Mode mode : Mode.values()) {
                    List<Hit> expected = search(lucene, text, vector, EVERYTHING, mode, 10);
                    List<Hit> found = search(indexes, text, vector, EVERYTHING, mode, 10);
                    // lucene keeps a text's length to some bits: neighbours in the order of words may change places
                    Set<String> both = new HashSet<>(texts(expected));
                    both.retainAll(texts(found));
                    assertThat(both).as("seed %d, %s %s", SEED, mode, text).hasSizeGreaterThanOrEqualTo(9);
                    for (Hit hit : found) {
                        expected.stream()
                                .filter(other -> other.text().equals(hit.text()))
                                .forEach(other -> {
                                    assertThat(hit.nearness().cosine())
                                            .isEqualTo(other.nearness().cosine(), within(1e-5));
                                    assertThat(hit.nearness().words())
                                            .isEqualTo(other.nearness().words(), within(0.01));
                                });
                    }
                }
            }
        }
    }

    private static List<String> texts(List<Hit> hits) {
        return hits.stream().map(Hit::text).toList();
    }

    private static String text(Random random, List<String> words, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            // the lower half of the words is common
            text.append(words.get((int) (words.size() * Math.pow(random.nextDouble(), 2))))
                    .append(' ');
        }
        return text.toString();
    }

    private static IndexedChunk vectorChunk(String text, float[] vector) {
        return new IndexedChunk(text, 0, text.length(), Pages.NONE, "", vector);
    }

    private static float[] vector(Random random, int dimensions) {
        float[] vector = new float[dimensions];
        double square = 0;
        for (int d = 0; d < dimensions; d++) {
            vector[d] = (float) random.nextGaussian();
            square += vector[d] * vector[d];
        }
        for (int d = 0; d < dimensions; d++) {
            vector[d] /= (float) Math.sqrt(square);
        }
        return vector;
    }

    @Test
    void chunks_with_common_words_alone_are_scored_where_too_few_have_a_rare_one() {
        for (int i = 0; i < 5; i++) {
            put("c", document("common" + i, Map.of("rare", new Numeric(0)), chunk("the wheel", 0)));
        }
        put("c", document("rare", Map.of("rare", new Numeric(1)), chunk("the oaken wheel", 0)));
        Indexes sparing = new PgvectorIndexes(database.database(), 1);
        float[] vector = {1, 0, 0, 0};
        assertThat(search(sparing, "oaken wheel", vector, EVERYTHING, Mode.WORDS, 1))
                .extracting(Hit::document)
                .containsExactly("rare");
        assertThat(search(sparing, "oaken wheel", vector, EVERYTHING, Mode.WORDS, 6))
                .hasSize(6);
        AttributeFilter common = new AttributeFilter.In("rare", List.of(new Numeric(0)));
        assertThat(search(sparing, "oaken wheel", vector, common, Mode.WORDS, 5))
                .hasSize(5);
    }

    @Test
    void the_nearest_are_found_however_few_a_filter_lets_through() throws Exception {
        Random random = new Random(SEED);
        List<float[]> vectors = new ArrayList<>();
        List<IndexedChunk> chunks = new ArrayList<>();
        for (int document = 0; document < 100; document++) {
            chunks.clear();
            for (int i = 0; i < 15; i++) {
                vectors.add(vector(random, 16));
                chunks.add(vectorChunk("chunk " + (vectors.size() - 1), vectors.getLast()));
            }
            put(
                    "c",
                    document(
                            "d" + document,
                            Map.of("number", new Numeric(document)),
                            chunks.toArray(IndexedChunk[]::new)));
        }
        try (Connection connection = database.database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("analyze");
        }
        for (int below : new int[] {1, 3, 20, 100}) {
            int right = 0;
            for (int i = 0; i < 20; i++) {
                float[] asked = vector(random, 16);
                List<String> nearest = IntStream.range(0, below * 15)
                        .boxed()
                        .sorted(Comparator.comparingDouble(c -> -dot(asked, vectors.get(c))))
                        .limit(10)
                        .map(c -> "chunk " + c)
                        .toList();
                AttributeFilter filter = new AttributeFilter.Compared("number", AttributeFilter.Order.LESS, below);
                List<Hit> found = search(indexes, "", asked, filter, Mode.VECTORS, 10);
                assertThat(found).hasSize(10);
                right += (int)
                        found.stream().map(Hit::text).filter(nearest::contains).count();
            }
            assertThat(right / 200.0)
                    .as("seed %d, %d of 100 documents", SEED, below)
                    .isGreaterThanOrEqualTo(0.95);
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += a[d] * b[d];
        }
        return sum;
    }
}
