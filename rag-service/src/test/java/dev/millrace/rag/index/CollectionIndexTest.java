package dev.millrace.rag.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.rag.index.AttributeFilter.All;
import dev.millrace.rag.index.AttributeFilter.Any;
import dev.millrace.rag.index.AttributeFilter.Compared;
import dev.millrace.rag.index.AttributeFilter.In;
import dev.millrace.rag.index.AttributeFilter.Not;
import dev.millrace.rag.index.AttributeFilter.Order;
import dev.millrace.rag.index.AttributeValue.Flag;
import dev.millrace.rag.index.AttributeValue.Numeric;
import dev.millrace.rag.index.AttributeValue.Text;
import dev.millrace.rag.index.CollectionIndex.Changes;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.index.Question.Mode;
import dev.millrace.rag.text.Pages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every index does, wherever its chunks lie. */
public abstract class CollectionIndexTest {
    private static final AttributeFilter EVERYTHING = new All(List.of());

    protected Indexes indexes;

    /** Opens what lies in the test's own place, which is empty at first. */
    protected abstract Indexes open() throws Exception;

    @BeforeEach
    void openFirst() throws Exception {
        indexes = open();
    }

    @AfterEach
    void close() {
        indexes.close();
    }

    /** A vector that points into one of four directions. */
    private static float[] direction(int d) {
        float[] vector = new float[4];
        vector[d] = 1;
        return vector;
    }

    protected static IndexedChunk chunk(String text, int d) {
        return new IndexedChunk(text, 0, text.length(), Pages.NONE, "", direction(d));
    }

    protected static IndexedDocument document(
            String id, Map<String, AttributeValue> attributes, IndexedChunk... chunks) {
        return new IndexedDocument(id, id + ".txt", "print of " + id, attributes, List.of(chunks));
    }

    protected void put(String collection, IndexedDocument document) {
        try (Changes changes = indexes.of("t", IndexId.first(collection)).change()) {
            changes.replace(document);
        }
    }

    private void put(String id, String text, int d) {
        put("c", document(id, Map.of(), chunk(text, d)));
    }

    private List<Hit> hits(List<String> collections, String text, int d, Mode mode) {
        return indexes.search(
                collections.stream().map(IndexId::first).toList(),
                new Question("t", text, direction(d), EVERYTHING, mode, 50),
                20,
                Scoring.RANKS);
    }

    private Hit first(String collection, String text, int d) {
        return hits(List.of(collection), text, d, Mode.HYBRID).getFirst();
    }

    private List<String> found(String tenant, String text, int d, AttributeFilter filter, Mode mode) {
        Question question = new Question(tenant, text, direction(d), filter, mode, 50);
        return indexes.search(List.of(IndexId.first("c")), question, 20, Scoring.RANKS).stream()
                .map(Hit::document)
                .toList();
    }

    @Test
    void what_both_ways_find_first_has_score_one_and_comes_first() {
        put("wheel", "a water wheel turns the stones", 0);
        put("sail", "a sail turns in the wind", 1);
        put("both", "neither is said here", 2);
        List<Hit> hits = hits(List.of("c"), "wheels of water", 0, Mode.HYBRID);
        assertThat(hits.getFirst().document()).isEqualTo("wheel");
        assertThat(hits.getFirst().score()).isEqualTo(1.0, within(1e-6));
        assertThat(hits.get(1).score()).isLessThan(0.6);
    }

    @Test
    void two_indexes_of_a_collection_are_changed_searched_and_deleted_apart() {
        IndexId second = new IndexId("c", 1);
        put("wheel", "a water wheel turns the stones", 0);
        put("sail", "a sail turns in the wind", 1);
        try (Changes changes = indexes.of("t", second).change()) {
            changes.replace(document("wheel", Map.of(), chunk("a water wheel turns the stones", 3)));
        }
        Question question = new Question("t", "what turns?", direction(3), EVERYTHING, Mode.HYBRID, 50);
        assertThat(indexes.search(List.of(second), question, 20, Scoring.RANKS))
                .singleElement()
                .satisfies(hit -> {
                    assertThat(hit.collection()).isEqualTo("c");
                    assertThat(hit.nearness().cosine()).isEqualTo(1, within(1e-6));
                });
        indexes.delete(IndexId.first("c"));
        assertThat(indexes.of("t", IndexId.first("c")).chunks("wheel")).isZero();
        assertThat(indexes.of("t", second).chunks("wheel")).isEqualTo(1);
    }

    @Test
    void documents_come_back_with_their_fingerprints_as_they_were_put_there() {
        CollectionIndex index = indexes.of("t", IndexId.first("c"));
        assertThat(index.fingerprints()).isEmpty();
        assertThat(index.held("long")).isEmpty();
        IndexedChunk first =
                new IndexedChunk("one the", 0, 7, new Pages(List.of(new Pages.Start(1, 0))), "Mills", direction(0));
        IndexedChunk later = new IndexedChunk("the other", 4, 13, Pages.NONE, "", direction(1));
        put("c", document("long", Map.of("year", new Numeric(1880)), later, first));
        put("gone", "a sail turns in the wind", 1);
        put("sail", "a sail turns in the wind", 1);
        try (Changes changes = index.change()) {
            changes.delete("gone");
        }
        assertThat(index.fingerprints()).isEqualTo(Map.of("long", "print of long", "sail", "print of sail"));
        CollectionIndex.Held held = index.held("long").orElseThrow();
        assertThat(held.fingerprint()).isEqualTo("print of long");
        assertThat(held.chunks()).extracting(Hit::text).containsExactly("one the", "the other");
        assertThat(held.chunks().getFirst()).satisfies(chunk -> {
            assertThat(chunk.filename()).isEqualTo("long.txt");
            assertThat(chunk.heading()).isEqualTo("Mills");
            assertThat(chunk.end()).isEqualTo(7);
            assertThat(chunk.pages().first()).isEqualTo(1);
            assertThat(chunk.attributes()).isEqualTo(Map.of("year", new Numeric(1880)));
        });
    }

    @Test
    void chunks_come_in_the_order_of_whatever_score_is_given() {
        put("wheel", "a water wheel turns the stones", 0);
        put("sail", "a sail turns in the wind", 1);
        List<Hit> farthestFirst = indexes.search(
                List.of(IndexId.first("c")),
                new Question("t", "a wheel turns", direction(0), EVERYTHING, Mode.HYBRID, 50),
                20,
                Scoring.by(nearness -> 1 - nearness.cosine()));
        assertThat(farthestFirst).extracting(Hit::document).containsExactly("sail", "wheel");
        assertThat(farthestFirst.getFirst().score()).isEqualTo(1, within(1e-6));
    }

    @Test
    void what_is_first_because_nothing_is_nearer_is_told_from_what_is_near() {
        put("wheel", "a water wheel turns the stones", 0);
        put("sail", "a sail turns in the wind", 1);
        Hit asked = first("c", "wheels of water", 0);
        Hit offTopic = first("c", "wind over the accountant's spreadsheet formulas", 2);
        assertThat(asked.nearness().cosine()).isEqualTo(1, within(1e-6));
        assertThat(asked.nearness().words()).isBetween(0.4, 1.0);
        assertThat(offTopic.nearness().cosine()).isEqualTo(0, within(1e-6));
        assertThat(offTopic.nearness().words()).isLessThan(0.2);
    }

    @Test
    void a_text_lacks_nothing_for_lacking_the_words_that_ask() {
        put("wheel", "a water wheel turns the stones", 0);
        assertThat(first("c", "how many stones does the wheel turn?", 0).nearness())
                .isEqualTo(first("c", "stones the wheel turn", 0).nearness());
    }

    @Test
    void how_near_words_are_hardly_depends_on_how_many_chunks_there_are() {
        put("c1", document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
        put("c2", document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
        for (int i = 0; i < 30; i++) {
            put("c2", document("other" + i, Map.of(), chunk("an account of the miller's debts and sons", 1)));
        }
        String question = "which wheel turns by water?";
        assertThat(first("c1", question, 0).nearness().words())
                .isEqualTo(first("c2", question, 0).nearness().words(), within(0.1));
    }

    @Test
    void a_chunk_that_meaning_alone_found_is_measured_by_words_too_and_the_other_way_round() {
        put("wheel", "a water wheel turns the stones", 0);
        Nearness byMeaning = measured(Mode.VECTORS);
        assertThat(byMeaning.words()).isPositive();
        assertThat(measured(Mode.WORDS)).isEqualTo(byMeaning);
    }

    private Nearness measured(Mode mode) {
        return hits(List.of("c"), "wheel", 0, mode).getFirst().nearness();
    }

    @Test
    void a_word_that_stands_more_often_in_a_text_or_in_fewer_texts_or_in_a_shorter_one_counts_more() {
        put("once", "the wheel turns, the miller sleeps and his cat", 0);
        put("twice", "the wheel turns another wheel, the miller sleeps", 0);
        put("long", "the wheel turns, the miller sleeps and his cat and his dog and his donkey sleep beside him", 0);
        put("other", "the miller sleeps", 0);
        assertThat(found("t", "wheel", 0, EVERYTHING, Mode.WORDS)).containsExactly("twice", "once", "long");
        assertThat(found("t", "donkey miller", 0, EVERYTHING, Mode.WORDS)).startsWith("long", "other");
    }

    @Test
    void chinese_text_is_found_by_its_words() {
        put("wheel", "水车是一种由水推动的机械。", 0);
        put("wind", "风车由风推动。", 1);
        assertThat(found("t", "水车怎么工作", 3, EVERYTHING, Mode.WORDS)).startsWith("wheel");
        assertThat(first("c", "水车机械", 0).nearness().words()).isBetween(0.3, 1.0);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void a_replaced_or_deleted_chunk_is_in_no_search_once_the_call_has_returned(Mode mode) {
        put("c", document("a", Map.of(), chunk("old words", 0), chunk("more old words", 0)));
        put("b", "old words too", 0);
        put("a", "new words", 0);
        assertThat(hits(List.of("c"), "old words", 0, mode))
                .extracting(Hit::text)
                .containsExactlyInAnyOrder("new words", "old words too");
        try (Changes changes = indexes.of("t", IndexId.first("c")).change()) {
            changes.delete("b");
            changes.delete("was never there");
        }
        assertThat(found("t", "old words", 0, EVERYTHING, mode)).containsExactly("a");
    }

    @Test
    void a_change_outlives_the_process() throws Exception {
        put("c", document("a", Map.of("year", new Numeric(1999)), chunk("words", 0)));
        indexes.close();
        indexes = open();
        CollectionIndex index = indexes.of("t", IndexId.first("c"));
        assertThat(index.fingerprint("a")).contains("print of a");
        assertThat(index.chunks("a")).isEqualTo(1);
        assertThat(index.fingerprint("b")).isEmpty();
        assertThat(found("t", "words", 0, new In("year", List.of(new Numeric(1999))), Mode.HYBRID))
                .containsExactly("a");
    }

    @Test
    void a_hit_has_all_that_was_taken_in() {
        Map<String, AttributeValue> attributes =
                Map.of("year", new Numeric(1999.5), "old", new Flag(true), "name", new Text("it's \"old\" \\ 水"));
        Pages pages = new Pages(List.of(new Pages.Start(3, 0), new Pages.Start(4, 7)));
        put(
                "c",
                document(
                        "a",
                        attributes,
                        new IndexedChunk("it's a wheel \\ 水", 100, 115, pages, "Heads'", direction(1))));
        Hit hit = first("c", "heads", 1);
        assertThat(hit)
                .isEqualTo(new Hit(
                        "c",
                        "a",
                        "a.txt",
                        "it's a wheel \\ 水",
                        100,
                        115,
                        pages,
                        "Heads'",
                        hit.score(),
                        hit.nearness(),
                        attributes));
        assertThat(hit.score()).isEqualTo(1, within(1e-6));
    }

    @Test
    void a_documents_text_comes_back_in_order_and_each_stretch_once() {
        put(
                "c",
                document(
                        "a",
                        Map.of(),
                        new IndexedChunk("the second and third", 4, 24, Pages.NONE, "", direction(0)),
                        new IndexedChunk("one the second", 0, 14, Pages.NONE, "", direction(1))));
        assertThat(String.join("|", indexes.of("t", IndexId.first("c")).text("a")))
                .isEqualTo("one the second| and third");
        assertThat(indexes.of("t", IndexId.first("c")).text("b")).isEmpty();
    }

    @Test
    void other_attributes_change_what_filters_find_and_nothing_else() {
        put("c", document("a", Map.of("year", new Numeric(1999)), chunk("a wheel", 0), chunk("a sail", 1)));
        try (Changes changes = indexes.of("t", IndexId.first("c")).change()) {
            changes.revise("a", Map.of("year", new Numeric(2001)), "another print");
            changes.revise("was never there", Map.of(), "print");
        }
        assertThat(filtered(Mode.HYBRID, "sail", new In("year", List.of(new Numeric(1999)))))
                .isEmpty();
        assertThat(filtered(Mode.HYBRID, "sail", new In("year", List.of(new Numeric(2001)))))
                .containsExactly("a", "a");
        assertThat(indexes.of("t", IndexId.first("c")).fingerprint("a")).contains("another print");
        assertThat(indexes.of("t", IndexId.first("c")).fingerprint("was never there"))
                .isEmpty();
        assertThat(first("c", "sail", 1).score()).isEqualTo(1, within(1e-6));
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void nothing_is_found_where_nothing_is(Mode mode) {
        assertThat(found("t", "wheel", 0, EVERYTHING, mode)).isEmpty();
        assertThat(indexes.of("t", IndexId.first("c")).chunks("a")).isZero();
        try (Changes changes = indexes.of("t", IndexId.first("c")).change()) {
            changes.delete("a");
        }
        put("a", "no letter of it is asked for", 1);
        assertThat(found("t", "?", 0, EVERYTHING, mode)).hasSize(mode == Mode.WORDS ? 0 : 1);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void a_deleted_collection_has_nothing(Mode mode) {
        put("a", "a wheel", 0);
        put("c2", document("b", Map.of(), chunk("a wheel", 0)));
        indexes.delete(IndexId.first("c"));
        indexes.delete(IndexId.first("never"));
        assertThat(hits(List.of("c", "c2"), "wheel", 0, mode))
                .extracting(Hit::document)
                .containsExactly("b");
        assertThat(indexes.of("t", IndexId.first("c")).fingerprint("a")).isEmpty();
        assertThat(indexes.of("t", IndexId.first("c")).text("a")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void another_tenant_finds_nothing_whatever_it_asks(Mode mode) {
        put("c", document("a", Map.of("k", new Text("v")), chunk("secret words", 0)));
        for (AttributeFilter filter : List.of(
                EVERYTHING,
                new In("tenant", List.of(new Text("t"))),
                new In("' or true or '", List.of(new Text("' or true or '"))),
                new Not(new In("\0", List.of(new Text("\0")))),
                new Not(new Compared("\0", Order.LESS, 1)),
                new Not(new In("k", List.of(new Text("w")))),
                new Not(new All(List.of())),
                new Any(List.of(EVERYTHING, new Not(EVERYTHING))))) {
            assertThat(found("other", "secret words", 0, filter, mode)).isEmpty();
        }
        assertThat(found("t", "secret words", 0, EVERYTHING, mode)).containsExactly("a");
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void filters_are_those_of_openai(Mode mode) {
        for (int year = 2000; year < 2004; year++) {
            put(
                    "c",
                    document(
                            "" + year,
                            Map.of(
                                    "year",
                                    new Numeric(year),
                                    "even",
                                    new Flag(year % 2 == 0),
                                    "name",
                                    new Text("y" + year)),
                            chunk("a report", 0)));
        }
        put("none", "a report", 0);
        put("c", document("words", Map.of("year", new Text("2002")), chunk("a report", 0)));
        assertThat(filtered(mode, "report", new Compared("year", Order.GREATER, 2001)))
                .containsExactly("2002", "2003");
        assertThat(filtered(mode, "report", new Compared("year", Order.GREATER_OR_EQUAL, 2001)))
                .containsExactly("2001", "2002", "2003");
        assertThat(filtered(mode, "report", new Compared("year", Order.LESS, 2001)))
                .containsExactly("2000");
        assertThat(filtered(mode, "report", new Compared("year", Order.LESS_OR_EQUAL, 2001)))
                .containsExactly("2000", "2001");
        assertThat(filtered(mode, "report", new In("even", List.of(new Flag(true)))))
                .containsExactly("2000", "2002");
        assertThat(filtered(mode, "report", new In("year", List.of(new Text("2002")))))
                .containsExactly("words");
        assertThat(filtered(mode, "report", new In("year", List.of()))).isEmpty();
        assertThat(filtered(mode, "report", new Not(new In("name", List.of(new Text("y2000"), new Text("y2001"))))))
                .containsExactly("2002", "2003", "none", "words");
        assertThat(filtered(mode, "report", new Not(new Compared("year", Order.LESS, 2002))))
                .containsExactly("2002", "2003", "none", "words");
        assertThat(filtered(mode, "report", new Any(List.of()))).isEmpty();
        assertThat(filtered(
                        mode,
                        "report",
                        new Any(List.of(
                                new In("year", List.of(new Numeric(2003))),
                                new All(List.of(
                                        new In("even", List.of(new Flag(true))),
                                        new Compared("year", Order.LESS, 2002)))))))
                .containsExactly("2000", "2003");
    }

    private List<String> filtered(Mode mode, String text, AttributeFilter filter) {
        return found("t", text, 0, filter, mode).stream().sorted().toList();
    }

    @Test
    void several_collections_answer_as_one() {
        put("c1", document("a", Map.of(), chunk("wheels of water", 0)));
        put("c2", document("b", Map.of(), chunk("wheels of wind", 1)));
        List<Hit> hits = new ArrayList<>(hits(List.of("c1", "c2", "empty"), "wind", 1, Mode.HYBRID));
        assertThat(hits.getFirst()).satisfies(hit -> {
            assertThat(hit.collection()).isEqualTo("c2");
            assertThat(hit.document()).isEqualTo("b");
        });
        assertThat(hits).hasSize(2);
    }

    @Test
    void one_thread_changes_a_collection_at_a_time() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        Thread second;
        try (Changes changes = indexes.of("t", IndexId.first("c")).change()) {
            second = Thread.ofPlatform().start(() -> {
                try (Changes later = indexes.of("t", IndexId.first("c")).change()) {
                    waits.countDown();
                    later.replace(document("a", Map.of(), chunk("second words", 0)));
                }
            });
            assertThat(waits.await(300, TimeUnit.MILLISECONDS)).isFalse();
            put("c2", document("b", Map.of(), chunk("another collection's", 0)));
            changes.replace(document("a", Map.of(), chunk("first words", 0)));
        }
        second.join();
        assertThat(indexes.of("t", IndexId.first("c")).text("a")).containsExactly("second words");
    }
}
