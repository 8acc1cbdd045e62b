package dev.millrace.rag.retrieve;

import dev.millrace.rag.index.Hit;
import dev.millrace.rag.text.Terms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Chunks as passages to read. */
final class Passages {
    /** Of chunks in one passage: more would give a long document the whole answer. */
    private static final int MAX_JOINED = 3;
    /** Shared pairs of words from which on two passages say the same. */
    private static final double SAME = 0.9;

    private Passages() {}

    /** Several questions' chunks as one list: each once, with its best score. */
    static List<Hit> best(List<List<Hit>> found) {
        if (found.size() == 1) {
            return found.getFirst();
        }
        Map<Place, Hit> best = new LinkedHashMap<>();
        found.stream()
                .flatMap(List::stream)
                .forEach(hit -> best.merge(
                        new Place(hit.collection(), hit.document(), hit.start()),
                        hit,
                        (one, other) -> other.score() > one.score() ? other : one));
        return best.values().stream()
                .sorted(Comparator.comparingDouble(Hit::score).reversed())
                .toList();
    }

    private record Place(String collection, String document, int start) {}

    /** Chunks that overlap or touch become one, at the place and with the score of the better. */
    static List<Hit> joined(List<Hit> bestFirst) {
        List<Hit> passages = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (Hit hit : bestFirst) {
            int neighbour = neighbour(passages, sizes, hit);
            if (neighbour < 0) {
                passages.add(hit);
                sizes.add(1);
            } else {
                passages.set(neighbour, union(passages.get(neighbour), hit));
                sizes.set(neighbour, sizes.get(neighbour) + 1);
            }
        }
        return passages;
    }

    private static int neighbour(List<Hit> passages, List<Integer> sizes, Hit hit) {
        for (int i = 0; i < passages.size(); i++) {
            Hit passage = passages.get(i);
            if (sizes.get(i) < MAX_JOINED
                    && passage.collection().equals(hit.collection())
                    && passage.document().equals(hit.document())
                    && hit.start() <= passage.end()
                    && passage.start() <= hit.end()) {
                return i;
            }
        }
        return -1;
    }

    private static Hit union(Hit better, Hit other) {
        boolean inOrder = better.start() <= other.start();
        Hit first = inOrder ? better : other;
        Hit second = inOrder ? other : better;
        String text = second.end() <= first.end()
                ? first.text()
                : first.text() + second.text().substring(first.end() - second.start());
        return new Hit(
                better.collection(),
                better.document(),
                better.filename(),
                text,
                first.start(),
                Math.max(first.end(), second.end()),
                first.pages().and(second.pages()),
                first.heading(),
                better.score(),
                better.nearness(),
                better.attributes());
    }

    /** The first so many, without what an earlier one says in nearly the same words. */
    static List<Hit> distinct(List<Hit> bestFirst, int count) {
        List<Hit> distinct = new ArrayList<>();
        List<Set<String>> said = new ArrayList<>();
        for (Hit hit : bestFirst) {
            if (distinct.size() == count) {
                break;
            }
            Set<String> pairs = pairs(hit.text());
            if (said.stream().noneMatch(earlier -> similarity(earlier, pairs) >= SAME)) {
                distinct.add(hit);
                said.add(pairs);
            }
        }
        return distinct;
    }

    private static Set<String> pairs(String text) {
        List<String> terms = Terms.of(text);
        Set<String> pairs = new HashSet<>();
        for (int i = 0; i < terms.size(); i++) {
            pairs.add(i + 1 < terms.size() ? terms.get(i) + " " + terms.get(i + 1) : terms.get(i));
        }
        return pairs;
    }

    /** Jaccard's: shared among all. */
    private static double similarity(Set<String> a, Set<String> b) {
        long shared = a.stream().filter(b::contains).count();
        long all = a.size() + b.size() - shared;
        return all == 0 ? 1 : (double) shared / all;
    }
}
