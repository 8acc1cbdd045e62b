package dev.millrace.rag.chunk;

import dev.millrace.rag.embed.TokenBorders;
import dev.millrace.rag.parse.ParsedDocument;
import dev.millrace.rag.text.Pages;
import dev.millrace.rag.text.Sentences;
import dev.millrace.rag.text.Span;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Cuts a document into chunks of at most so many tokens, along sentences. A heading begins a new chunk once the chunk
 * before is half full. White space belongs to the sentence before it: neighbouring chunks leave nothing out.
 */
public final class Chunker {
    /** Room for the heading and the special tokens beside a chunk's own. */
    private static final int WINDOW_MARGIN = 32;

    private final TokenBorders borders;
    private final int window;

    /**
     * @param window tokens that the encoder reads of a chunk: the next chunk starts no later, so that nothing stays
     *               outside every vector
     */
    public Chunker(TokenBorders borders, int window) {
        this.borders = borders;
        this.window = window - WINDOW_MARGIN;
    }

    /** @param tokens of {@code span} */
    private record Unit(Span span, int tokens, boolean opensSection) {}

    public List<Chunk> chunks(ParsedDocument document, Chunking chunking) {
        List<Unit> units = units(document, Math.min(chunking.maxTokens(), window));
        List<Chunk> chunks = new ArrayList<>();
        int stride = Math.min(chunking.maxTokens() - chunking.overlapTokens(), window);
        int first = 0;
        while (first < units.size()) {
            int last = last(units, first, chunking.maxTokens());
            chunks.add(chunk(document, units, first, last));
            first = next(units, first, last, stride);
        }
        return chunks;
    }

    /** The last unit of the chunk that begins with {@code first}. */
    private static int last(List<Unit> units, int first, int maxTokens) {
        int tokens = units.get(first).tokens();
        int last = first;
        while (last + 1 < units.size()
                && tokens + units.get(last + 1).tokens() <= maxTokens
                && !(units.get(last + 1).opensSection() && tokens >= maxTokens / 2)) {
            last++;
            tokens += units.get(last).tokens();
        }
        return last;
    }

    /** The first unit of the chunk after: a stride further; past the end where all of the rest has been read. */
    private int next(List<Unit> units, int first, int last, int stride) {
        if (last + 1 < units.size() && units.get(last + 1).opensSection()) {
            return tokens(units, first, last) <= window ? last + 1 : unitAfter(units, first, stride);
        }
        if (last == units.size() - 1 && tokens(units, first, last) <= window) {
            return units.size();
        }
        return unitAfter(units, first, stride);
    }

    private static int unitAfter(List<Unit> units, int first, int stride) {
        int tokens = units.get(first).tokens();
        int next = first + 1;
        while (next < units.size() && tokens + units.get(next).tokens() <= stride) {
            tokens += units.get(next).tokens();
            next++;
        }
        return next;
    }

    private static int tokens(List<Unit> units, int first, int last) {
        return units.subList(first, last + 1).stream().mapToInt(Unit::tokens).sum();
    }

    private static Chunk chunk(ParsedDocument document, List<Unit> units, int first, int last) {
        Span span =
                new Span(units.get(first).span().start(), units.get(last).span().end());
        return new Chunk(span, span.of(document.text()), document.headingAt(span.start()), pages(document, span));
    }

    private static Pages pages(ParsedDocument document, Span span) {
        if (document.pages().isEmpty()) {
            return Pages.NONE;
        }
        List<Pages.Start> starts = new ArrayList<>();
        starts.add(new Pages.Start(document.pageAt(span.start()), span.start()));
        document.pages().stream()
                .filter(page -> page.start() > span.start() && page.start() < span.end())
                .forEach(page -> starts.add(new Pages.Start(page.number(), page.start())));
        return new Pages(starts);
    }

    /** Sentences, cut further at headings and where one is longer than a chunk may be. */
    private List<Unit> units(ParsedDocument document, int maxTokens) {
        String text = document.text();
        Set<Integer> sections = new HashSet<>();
        document.headings().forEach(heading -> sections.add(heading.start()));
        List<Integer> cuts = new ArrayList<>(sections);
        Sentences.split(text).forEach(sentence -> cuts.add(sentence.start()));
        int[] starts =
                cuts.stream().mapToInt(Integer::intValue).sorted().distinct().toArray();
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < starts.length; i++) {
            int end =
                    i + 1 < starts.length ? starts[i + 1] : text.stripTrailing().length();
            if (end > starts[i]) {
                split(text, new Span(starts[i], end), maxTokens, sections.contains(starts[i]), units);
            }
        }
        return units;
    }

    private void split(String text, Span span, int maxTokens, boolean opensSection, List<Unit> units) {
        int[] tokens = borders.starts(span.of(text));
        if (tokens.length <= maxTokens) {
            units.add(new Unit(span, tokens.length, opensSection));
            return;
        }
        for (int from = 0; from < tokens.length; from += maxTokens) {
            int to = Math.min(tokens.length, from + maxTokens);
            int start = from == 0 ? span.start() : span.start() + tokens[from];
            int end = to == tokens.length ? span.end() : span.start() + tokens[to];
            units.add(new Unit(new Span(start, end), to - from, opensSection && from == 0));
        }
    }
}
