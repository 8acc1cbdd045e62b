package dev.millrace.rag.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
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
final class Analysis {
    static final String WORDS = "words";
    static final String BIGRAMS = "bigrams";
    static final Analyzer ANALYZER =
            new PerFieldAnalyzerWrapper(new EnglishAnalyzer(), Map.of(BIGRAMS, new CJKAnalyzer()));
    /** A text with fewer such characters among its letters is taken as one that quotes them. */
    private static final double MOSTLY = 0.2;
    /** A question that is longer says no more by it. */
    private static final int MAX_TERMS = 512;

    private Analysis() {}

    /** The field that a text's words are in. */
    static String field(String text) {
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

    /** Any of the text's words, each as often as it stands there. */
    static BooleanQuery.Builder anyWordOf(String text) {
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        // a question in one script may be answered in the other
        add(query, WORDS, text);
        if (text.codePoints().anyMatch(c -> c > 127 && isEastAsian((char) c))) {
            add(query, BIGRAMS, text);
        }
        return query;
    }

    private static void add(BooleanQuery.Builder query, String field, String text) {
        counts(field, text).forEach((term, count) -> {
            Query one = new TermQuery(new Term(field, term));
            query.add(count == 1 ? one : new BoostQuery(one, count), Occur.SHOULD);
        });
    }

    private static Map<String, Integer> counts(String field, String text) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        try (TokenStream stream = ANALYZER.tokenStream(field, text)) {
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            stream.reset();
            while (stream.incrementToken() && counts.size() < MAX_TERMS) {
                counts.merge(term.toString(), 1, Integer::sum);
            }
            stream.end();
        } catch (IOException e) {
            throw new UncheckedIOException("a text in memory can't be read", e);
        }
        return counts;
    }
}
