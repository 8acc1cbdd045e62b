package dev.millrace.rag.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/** Words of a text as the index has them: English stems, and pairs of characters where a text is Chinese, Japanese or Korean. */
public final class Analysis {
    static final String WORDS = "words";
    static final String BIGRAMS = "bigrams";
    static final Analyzer ANALYZER =
            new PerFieldAnalyzerWrapper(new EnglishAnalyzer(), Map.of(BIGRAMS, new CJKAnalyzer()));
    /** A text with fewer such characters among its letters is taken as one that quotes them. */
    private static final double MOSTLY = 0.2;
    /** A question that is longer says no more by it. */
    private static final int MAX_TERMS = 512;

    /** Words, as the index has them, that ask and aren't asked about: no text lacks anything for lacking them. */
    private static final Set<String> ASKING = Set.copyOf(counts(
                    WORDS,
                    "how many much do does did what who whom whose when where which why have has had can could should"
                            + " would i me my we our you your tell about there")
            .keySet());

    private Analysis() {}

    /** Those of a question's words that a text which answers it would have. */
    public static List<Word> askedAbout(String question) {
        // a Chinese question's words as English has them are in no text, and would count as missing
        return words(question).stream()
                .filter(word -> word.term().field().equals(field(question))
                        && !ASKING.contains(word.term().text()))
                .toList();
    }

    /** The field that a text's words are in. */
    public static String field(String text) {
        int letters = 0;
        int ideographs = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isLetter(c)) {
                letters++;
                if (isEastAsian(c)) {
                    ideographs++;
                }
            }
        }
        return ideographs > letters * MOSTLY ? BIGRAMS : WORDS;
    }

    private static boolean isEastAsian(char c) {
        return switch (Character.UnicodeScript.of(c)) {
            case HAN, HIRAGANA, KATAKANA, HANGUL -> true;
            default -> false;
        };
    }

    /**
     * A word of a question, and how often it stands there.
     *
     * @param term the field, and the word as it is in it
     */
    public record Word(Term term, int count) {}

    /** A question's words in every field that may answer it. */
    public static List<Word> words(String text) {
        List<Word> words = new ArrayList<>();
        // a question in one script may be answered in the other
        add(words, WORDS, text);
        if (text.codePoints().anyMatch(c -> c > 127 && isEastAsian((char) c))) {
            add(words, BIGRAMS, text);
        }
        return words;
    }

    private static void add(List<Word> words, String field, String text) {
        counts(field, text, MAX_TERMS).forEach((term, count) -> words.add(new Word(new Term(field, term), count)));
    }

    /** Any of the words, each counting as often as it stands in the question. */
    static BooleanQuery.Builder anyOf(List<Word> words) {
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        for (Word word : words) {
            Query one = new TermQuery(word.term());
            query.add(word.count() == 1 ? one : new BoostQuery(one, word.count()), Occur.SHOULD);
        }
        return query;
    }

    /** All words of a text in the field that it is in. */
    public static Map<String, Integer> counts(String field, String text) {
        return counts(field, text, Integer.MAX_VALUE);
    }

    private static Map<String, Integer> counts(String field, String text, int most) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        try (TokenStream stream = ANALYZER.tokenStream(field, text)) {
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            stream.reset();
            while (stream.incrementToken() && counts.size() < most) {
                counts.merge(term.toString(), 1, Integer::sum);
            }
            stream.end();
        } catch (IOException e) {
            throw new UncheckedIOException("a text in memory can't be read", e);
        }
        return counts;
    }
}
