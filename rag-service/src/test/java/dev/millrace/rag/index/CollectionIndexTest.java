package dev.millrace.rag.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.rag.index.AttributeFilter.All;
import dev.millrace.rag.index.AttributeFilter.Any;
import dev.millrace.rag.index.AttributeFilter.Compared;
import dev.millrace.rag.index.AttributeFilter.In;
import dev.millrace.rag.index.AttributeFilter.Not;
import dev.millrace.rag.index.AttributeFilter.Order;
import dev.millrace.rag.index.HybridSearch.Mode;
import dev.millrace.rag.index.HybridSearch.Question;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.text.Pages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CollectionIndexTest {
    private static final AttributeFilter EVERYTHING = new All(List.of());

    @TempDir
    Path folder;

    /** A vector that points into one of four directions. */
    private static float[] direction(int d) {
        float[] vector = new float[4];
        vector[d] = 1;
        return vector;
    }

    private static IndexedChunk chunk(String text, int d) {
        return new IndexedChunk(text, 0, text.length(), Pages.NONE, "", direction(d));
    }

    private static IndexedDocument document(String id, Map<String, AttributeValue> attributes, IndexedChunk... chunks) {
        return new IndexedDocument(id, id + ".txt", "print of " + id, attributes, List.of(chunks));
    }

    private static List<String> found(
            List<CollectionIndex> indexes, String tenant, String text, int d, AttributeFilter filter, Mode mode) {
        return HybridSearch.search(indexes, new Question(tenant, text, direction(d), filter, mode, 50), 20).stream()
                .map(Hit::document)
                .toList();
    }

    @Test
    void what_both_ways_find_first_has_score_one_and_comes_first() {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
            index.replace(document("sail", Map.of(), chunk("a sail turns in the wind", 1)));
            index.replace(document("both", Map.of(), chunk("neither is said here", 2)));
            List<Hit> hits = HybridSearch.search(
                    List.of(index),
                    new Question("t", "wheels of water", direction(0), EVERYTHING, Mode.HYBRID, 50),
                    20);
            assertThat(hits.getFirst().document()).isEqualTo("wheel");
            assertThat(hits.getFirst().score()).isEqualTo(1.0, within(1e-6));
            assertThat(hits.get(1).score()).isLessThan(0.6);
        }
    }

    @Test
    void what_is_first_because_nothing_is_nearer_is_told_from_what_is_near() {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
            index.replace(document("sail", Map.of(), chunk("a sail turns in the wind", 1)));
            Hit asked = first(index, "wheels of water", 0);
            Hit offTopic = first(index, "wind over the accountant's spreadsheet formulas", 2);
            assertThat(asked.nearness().cosine()).isEqualTo(1, within(1e-6));
            assertThat(asked.nearness().words()).isBetween(0.4, 1.0);
            assertThat(offTopic.nearness().cosine()).isEqualTo(0, within(1e-6));
            assertThat(offTopic.nearness().words()).isLessThan(0.2);
        }
    }

    @Test
    void a_text_lacks_nothing_for_lacking_the_words_that_ask() {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
            assertThat(first(index, "how many stones does the wheel turn?", 0).nearness())
                    .isEqualTo(first(index, "stones the wheel turn", 0).nearness());
        }
    }

    @Test
    void how_near_words_are_hardly_depends_on_how_many_chunks_there_are() {
        try (CollectionIndex one = new CollectionIndex("t", "c1", folder.resolve("1"));
                CollectionIndex many = new CollectionIndex("t", "c2", folder.resolve("2"))) {
            one.replace(document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
            many.replace(document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
            for (int i = 0; i < 30; i++) {
                many.replace(document("other" + i, Map.of(), chunk("an account of the miller's debts and sons", 1)));
            }
            String question = "which wheel turns by water?";
            assertThat(first(one, question, 0).nearness().words())
                    .isEqualTo(first(many, question, 0).nearness().words(), within(0.1));
        }
    }

    @Test
    void a_chunk_that_meaning_alone_found_is_measured_by_words_too_and_the_other_way_round() {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("wheel", Map.of(), chunk("a water wheel turns the stones", 0)));
            Nearness byMeaning = measured(index, Mode.VECTORS);
            assertThat(byMeaning.words()).isPositive();
            assertThat(measured(index, Mode.WORDS)).isEqualTo(byMeaning);
        }
    }

    private static Nearness measured(CollectionIndex index, Mode mode) {
        return HybridSearch.search(List.of(index), new Question("t", "wheel", direction(0), EVERYTHING, mode, 50), 1)
                .getFirst()
                .nearness();
    }

    private static Hit first(CollectionIndex index, String text, int d) {
        return HybridSearch.search(
                        List.of(index), new Question("t", text, direction(d), EVERYTHING, Mode.HYBRID, 50), 20)
                .getFirst();
    }

    @Test
    void chinese_text_is_found_by_its_words() {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("wheel", Map.of(), chunk("水车是一种由水推动的机械。", 0)));
            index.replace(document("wind", Map.of(), chunk("风车由风推动。", 1)));
            assertThat(found(List.of(index), "t", "水车怎么工作", 3, EVERYTHING, Mode.WORDS))
                    .startsWith("wheel");
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void a_replaced_or_deleted_chunk_is_in_no_search_once_the_call_has_returned(Mode mode) {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("a", Map.of(), chunk("old words", 0), chunk("more old words", 0)));
            index.replace(document("b", Map.of(), chunk("old words too", 0)));
            index.replace(document("a", Map.of(), chunk("new words", 0)));
            List<String> texts = HybridSearch.search(
                            List.of(index), new Question("t", "old words", direction(0), EVERYTHING, mode, 50), 20)
                    .stream()
                    .map(Hit::text)
                    .toList();
            assertThat(texts).containsExactlyInAnyOrder("new words", "old words too");
            index.delete("b");
            assertThat(found(List.of(index), "t", "old words", 0, EVERYTHING, mode))
                    .containsExactly("a");
        }
    }

    @Test
    void a_change_outlives_the_process() {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("a", Map.of("year", new AttributeValue.Numeric(1999)), chunk("words", 0)));
        }
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            assertThat(index.fingerprint("a")).contains("print of a");
            assertThat(index.chunks("a")).isEqualTo(1);
            assertThat(index.fingerprint("b")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void nothing_is_found_where_nothing_is(Mode mode) {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            assertThat(found(List.of(index), "t", "wheel", 0, EVERYTHING, mode)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void another_tenant_finds_nothing_whatever_it_asks(Mode mode) {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            index.replace(document("a", Map.of("k", new AttributeValue.Text("v")), chunk("secret words", 0)));
            for (AttributeFilter filter : List.of(
                    EVERYTHING,
                    new In("tenant", List.of(new AttributeValue.Text("t"))),
                    new Not(new In("k", List.of(new AttributeValue.Text("w")))),
                    new Any(List.of(EVERYTHING, new Not(EVERYTHING))))) {
                assertThat(found(List.of(index), "other", "secret words", 0, filter, mode))
                        .isEmpty();
            }
            assertThat(found(List.of(index), "t", "secret words", 0, EVERYTHING, mode))
                    .containsExactly("a");
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void filters_are_those_of_openai(Mode mode) {
        try (CollectionIndex index = new CollectionIndex("t", "c", folder)) {
            for (int year = 2000; year < 2004; year++) {
                index.replace(document(
                        "" + year,
                        Map.of(
                                "year",
                                new AttributeValue.Numeric(year),
                                "even",
                                new AttributeValue.Flag(year % 2 == 0),
                                "name",
                                new AttributeValue.Text("y" + year)),
                        chunk("a report", 0)));
            }
            index.replace(document("none", Map.of(), chunk("a report", 0)));
            assertThat(filtered(index, mode, new Compared("year", Order.GREATER, 2001)))
                    .containsExactly("2002", "2003");
            assertThat(filtered(index, mode, new Compared("year", Order.GREATER_OR_EQUAL, 2001)))
                    .containsExactly("2001", "2002", "2003");
            assertThat(filtered(index, mode, new Compared("year", Order.LESS, 2001)))
                    .containsExactly("2000");
            assertThat(filtered(index, mode, new Compared("year", Order.LESS_OR_EQUAL, 2001)))
                    .containsExactly("2000", "2001");
            assertThat(filtered(index, mode, new In("even", List.of(new AttributeValue.Flag(true)))))
                    .containsExactly("2000", "2002");
            assertThat(filtered(index, mode, new Not(new In("name", List.of(new AttributeValue.Text("y2000"))))))
                    .containsExactly("2001", "2002", "2003", "none");
            assertThat(filtered(
                            index,
                            mode,
                            new Any(List.of(
                                    new In("year", List.of(new AttributeValue.Numeric(2003))),
                                    new All(List.of(
                                            new In("even", List.of(new AttributeValue.Flag(true))),
                                            new Compared("year", Order.LESS, 2002)))))))
                    .containsExactly("2000", "2003");
        }
    }

    private static List<String> filtered(CollectionIndex index, Mode mode, AttributeFilter filter) {
        return found(List.of(index), "t", "report", 0, filter, mode).stream()
                .sorted()
                .toList();
    }

    @Test
    void several_collections_answer_as_one() {
        try (CollectionIndex first = new CollectionIndex("t", "c1", folder.resolve("1"));
                CollectionIndex second = new CollectionIndex("t", "c2", folder.resolve("2"))) {
            first.replace(document("a", Map.of(), chunk("wheels of water", 0)));
            second.replace(document("b", Map.of(), chunk("wheels of wind", 1)));
            List<Hit> hits = new ArrayList<>(HybridSearch.search(
                    List.of(first, second), new Question("t", "wind", direction(1), EVERYTHING, Mode.HYBRID, 50), 20));
            assertThat(hits.getFirst()).satisfies(hit -> {
                assertThat(hit.collection()).isEqualTo("c2");
                assertThat(hit.document()).isEqualTo("b");
            });
            assertThat(hits).hasSize(2);
        }
    }
}
