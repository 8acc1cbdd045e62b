package dev.millrace.rag.retrieve;

import dev.millrace.rag.chunk.Chunk;
import dev.millrace.rag.chunk.Chunker;
import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TokenBorders;
import dev.millrace.rag.index.SciFact;
import dev.millrace.rag.parse.ParsedDocument;
import dev.millrace.rag.retrieve.AskedCollections.Asked.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Collections with questions that they answer, and questions that they don't: each question once as it is, once with what
 * answers it left out, and questions about something else. From SciFact, from pairs of claim and premise (whose claims
 * stand for questions), and from this repository's own pages with the questions of questions.tsv.
 */
final class AskedCollections {
    private static final int MOST_OF_A_KIND = 200;
    private static final long SEED = 20_26;

    private AskedCollections() {}

    /**
     * A collection of one chunk a document.
     *
     * @param learnt from; else it is only measured
     */
    record AskedCollection(String name, boolean learnt, List<String> ids, List<String> texts, List<Asked> questions) {}

    /**
     * @param earlier    what was asked before it; empty where it is the first question
     * @param answeredBy documents
     * @param leftOut    documents that the collection lacks for this question
     */
    record Asked(String text, String earlier, Kind kind, Set<String> answeredBy, Set<String> leftOut) {
        Asked(String text, Kind kind, Set<String> answeredBy, Set<String> leftOut) {
            this(text, "", kind, answeredBy, leftOut);
        }

        enum Kind {
            ANSWERED,
            /** Of the same topic: what answers it is left out, or was never there. */
            MISSING,
            OFF_TOPIC
        }
    }

    private record Pair(String source, String premise, String claim, String label) {}

    /**
     * @param scifact a folder as {@link SciFact} reads it
     * @param pairs   lines of {"source", "premise", "claim", "label"}, with gzip
     * @param docs    the folder of this repository's pages
     * @param most    of SciFact's abstracts: those that answer, and some of the others; 0 leaves SciFact out
     */
    static List<AskedCollection> of(Path scifact, Path pairs, Path docs, EncoderModel model, int most)
            throws IOException {
        SciFact science = SciFact.in(scifact).sample(most);
        Map<String, List<Pair>> bySource = new TreeMap<>();
        for (Pair pair : pairs(pairs)) {
            bySource.computeIfAbsent(pair.source(), _ -> new ArrayList<>()).add(pair);
        }
        Map<String, List<String>> claims = new LinkedHashMap<>();
        bySource.forEach((source, some) -> claims.put(
                source, shuffled(some.stream().map(Pair::claim).distinct().toList())));
        List<AskedCollection> all = new ArrayList<>();
        AskedCollection pages = pages(docs, model, claims);
        all.add(pages);
        all.add(followUps("follow-ups", pages, claims, true));
        all.add(followUps("follow-ups, alone", pages, claims, false));
        bySource.forEach((source, some) -> {
            if (!source.equals("scifact-train")) {
                all.add(premises(source, some, claims));
            }
        });
        if (most > 0) {
            all.add(science(science, claims));
        }
        return all;
    }

    private static List<Pair> pairs(Path file) throws IOException {
        List<Pair> pairs = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                JsonNode pair = JsonMapper.shared().readTree(line);
                pairs.add(new Pair(
                        pair.get("source").asString(),
                        pair.get("premise").asString(),
                        pair.get("claim").asString(),
                        pair.get("label").asString()));
            }
        }
        return pairs;
    }

    private static <T> List<T> shuffled(List<T> list) {
        List<T> shuffled = new ArrayList<>(list);
        Collections.shuffle(shuffled, new Random(SEED));
        return shuffled;
    }

    private static AskedCollection science(SciFact science, Map<String, List<String>> claims) {
        List<Asked> questions = new ArrayList<>();
        science.queries()
                .forEach((id, query) -> addBoth(
                        questions,
                        query,
                        science.relevant().getOrDefault(id, Map.of()).keySet()));
        questions.addAll(offTopic(claims, Set.of("scifact-train", "healthver-dev")));
        return new AskedCollection(
                "scifact", false, List.copyOf(science.documents().keySet()), science.texts(), questions);
    }

    private static AskedCollection premises(String source, List<Pair> pairs, Map<String, List<String>> claims) {
        Set<String> chosen =
                new LinkedHashSet<>(shuffled(pairs.stream()
                                .filter(pair -> !pair.label().equals("not_found"))
                                .map(Pair::claim)
                                .distinct()
                                .toList())
                        .stream()
                        .limit(MOST_OF_A_KIND)
                        .toList());
        Map<String, String> ids = new LinkedHashMap<>();
        Map<String, Set<String>> answers = new LinkedHashMap<>();
        Map<String, Set<String>> about = new LinkedHashMap<>();
        for (Pair pair : pairs) {
            if (chosen.contains(pair.claim())) {
                String id = ids.computeIfAbsent(pair.premise(), _ -> "p" + ids.size());
                about.computeIfAbsent(pair.claim(), _ -> new LinkedHashSet<>()).add(id);
                if (!pair.label().equals("not_found")) {
                    answers.computeIfAbsent(pair.claim(), _ -> new LinkedHashSet<>())
                            .add(id);
                }
            }
        }
        List<Asked> questions = new ArrayList<>();
        answers.forEach(
                (claim, answeredBy) -> addBoth(questions, claim, answeredBy, about.getOrDefault(claim, Set.of())));
        String near = source.equals("healthver-dev") ? "scifact-train" : source.substring(0, 5);
        Set<String> nearby = new LinkedHashSet<>();
        claims.keySet().stream()
                .filter(other -> other.startsWith(near) || other.equals(source))
                .forEach(nearby::add);
        questions.addAll(offTopic(claims, nearby));
        return new AskedCollection(source, true, List.copyOf(ids.values()), List.copyOf(ids.keySet()), questions);
    }

    private static void addBoth(List<Asked> questions, String text, Set<String> answeredBy) {
        addBoth(questions, text, answeredBy, answeredBy);
    }

    private static void addBoth(List<Asked> questions, String text, Set<String> answeredBy, Set<String> leftOut) {
        questions.add(new Asked(text, Kind.ANSWERED, answeredBy, Set.of()));
        questions.add(new Asked(text, Kind.MISSING, Set.of(), leftOut));
    }

    /** The same number of claims of each of the other sources. */
    private static List<Asked> offTopic(Map<String, List<String>> claims, Set<String> nearby) {
        List<String> others = claims.keySet().stream()
                .filter(source -> !nearby.contains(source))
                .toList();
        return others.stream()
                .flatMap(source ->
                        claims.getOrDefault(source, List.of()).stream().limit(MOST_OF_A_KIND / others.size()))
                .map(claim -> new Asked(claim, Kind.OFF_TOPIC, Set.of(), Set.of()))
                .toList();
    }

    private static AskedCollection pages(Path docs, EncoderModel model, Map<String, List<String>> claims)
            throws IOException {
        List<String> ids = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        Map<String, Set<String>> byPage = new HashMap<>();
        List<Path> files;
        try (Stream<Path> walk = Files.walk(docs)) {
            files = walk.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
        try (TokenBorders borders = new TokenBorders(model)) {
            Chunker chunker = new Chunker(borders, model.maxTokens());
            for (Path file : files) {
                String page = docs.relativize(file).toString();
                ParsedDocument parsed = new ParsedDocument("text/plain", Files.readString(file), List.of(), List.of());
                for (Chunk chunk : chunker.chunks(parsed, Chunking.AUTO)) {
                    String id = page + "@" + chunk.span().start();
                    ids.add(id);
                    texts.add(chunk.forEmbedding());
                    byPage.computeIfAbsent(page, _ -> new LinkedHashSet<>()).add(id);
                }
            }
        }
        List<Asked> questions = new ArrayList<>();
        for (String[] line : lines("questions.tsv")) {
            if (line[0].isEmpty()) {
                questions.add(new Asked(line[1], Kind.MISSING, Set.of(), Set.of()));
            } else {
                addBoth(questions, line[1], byPage.getOrDefault(line[0], Set.of()));
            }
        }
        questions.addAll(offTopic(claims, Set.of()));
        return new AskedCollection("pages", false, ids, texts, questions);
    }

    /**
     * A page in Chinese with every second question of questions-zh.tsv, all of which it answers, and some of XQuAD's.
     *
     * @param half 0 or 1
     */
    static AskedCollection chinesePage(Path page, EncoderModel model, Xquad others, int half) throws IOException {
        List<String> ids = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        try (TokenBorders borders = new TokenBorders(model)) {
            ParsedDocument parsed = new ParsedDocument("text/plain", Files.readString(page), List.of(), List.of());
            for (Chunk chunk : new Chunker(borders, model.maxTokens()).chunks(parsed, Chunking.AUTO)) {
                ids.add("@" + chunk.span().start());
                texts.add(chunk.forEmbedding());
            }
        }
        List<Asked> questions = new ArrayList<>();
        List<String[]> asked = lines("questions-zh.tsv");
        for (int i = half; i < asked.size(); i += 2) {
            questions.add(new Asked(asked.get(i)[0], Kind.ANSWERED, Set.of(), Set.of()));
        }
        shuffled(others.questions()).stream()
                .skip((long) half * MOST_OF_A_KIND)
                .limit(MOST_OF_A_KIND)
                .forEach(other -> questions.add(new Asked(other.text(), Kind.OFF_TOPIC, Set.of(), Set.of())));
        return new AskedCollection("README.zh-CN.md", false, ids, texts, questions);
    }

    /**
     * The second questions of followups.tsv over the same pages, each behind its first one, and claims of other collections
     * behind the same.
     *
     * @param earlier whether what was asked before is told
     */
    private static AskedCollection followUps(
            String name, AskedCollection pages, Map<String, List<String>> claims, boolean earlier) throws IOException {
        List<Asked> questions = new ArrayList<>();
        List<String> before = new ArrayList<>();
        for (String[] line : lines("followups.tsv")) {
            Set<String> answeredBy = pages.ids().stream()
                    .filter(id -> id.startsWith(line[0] + "@"))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            before.add(earlier ? line[1] : "");
            questions.add(new Asked(line[2], before.getLast(), Kind.ANSWERED, answeredBy, Set.of()));
            questions.add(new Asked(line[2], before.getLast(), Kind.MISSING, Set.of(), answeredBy));
        }
        for (Asked claim : offTopic(claims, Set.of())) {
            String behind = before.get(questions.size() % before.size());
            questions.add(new Asked(claim.text(), behind, Kind.OFF_TOPIC, Set.of(), Set.of()));
        }
        return new AskedCollection(name, false, pages.ids(), pages.texts(), questions);
    }

    private static List<String[]> lines(String resource) throws IOException {
        try (var stream = AskedCollections.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IOException("there is no " + resource + " beside this class");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .map(line -> line.split("\t", -1))
                    .toList();
        }
    }
}
