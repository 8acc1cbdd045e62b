package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.Passage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Passages as the numbered sources of a prompt. */
final class Sources {
    private static final String RULES = """
            Answer the question at the end. Use only the numbered sources, and put the number of the source behind each \
            sentence, like [1]. If the sources don't contain the answer, write only: The documents don't say.""";
    private static final String STEPS = """
            Answer the question at the end. Use only the numbered sources. First write "Reasoning:" and think step by step: \
            which sources have to do with the question, what they say, and what follows. Then, on a new line, write "Answer:" \
            and a short answer, with the number of the source behind each sentence, like [1]. If the sources don't contain \
            the answer, the answer is only: The documents don't say.""";

    private Sources() {}

    /** The user's message: rules, sources, question. */
    static String message(List<String> sources, String question, boolean stepByStep) {
        return (stepByStep ? STEPS : RULES) + "\n\n" + String.join("\n\n", sources) + "\n\nQuestion: " + question;
    }

    /**
     * One source, at most so long: of a longer passage, the neighbouring sentences that have most to do with the question.
     *
     * @param number from 1
     */
    static String source(int number, Passage passage, WordMatch words, String question, int mostCharacters) {
        StringBuilder head = new StringBuilder("[" + number + "] " + passage.getFilename());
        if (passage.getFirstPage() > 0) {
            head.append(", page ").append(passage.getFirstPage());
        }
        if (!passage.getHeading().isBlank()) {
            head.append(", ").append(passage.getHeading().strip());
        }
        return head + "\n" + excerpt(number - 1, passage.getText(), words, question, mostCharacters);
    }

    private static String excerpt(int index, String text, WordMatch words, String question, int mostCharacters) {
        if (text.length() <= mostCharacters) {
            return text.strip();
        }
        List<WordMatch.Place> sentences = words.places(index);
        Set<String> asked = Terms.of(question);
        Sentences.Span best = new Sentences.Span(0, mostCharacters);
        double most = -1;
        for (int first = 0; first < sentences.size(); first++) {
            int start = sentences.get(first).span().start();
            Set<String> terms = new HashSet<>();
            int end = start;
            for (int last = first; last < sentences.size(); last++) {
                if (sentences.get(last).span().end() - start > mostCharacters) {
                    break;
                }
                end = sentences.get(last).span().end();
                terms.addAll(sentences.get(last).terms());
            }
            double relevance = words.relevance(terms, asked);
            if (end > start && relevance > most) {
                most = relevance;
                best = new Sentences.Span(start, end);
            }
        }
        return best.of(text).strip();
    }

    /** How many of the first fit, by what each takes. */
    static int fitting(List<Integer> tokens, int budget) {
        int sum = 0;
        for (int i = 0; i < tokens.size(); i++) {
            sum += tokens.get(i);
            if (sum > budget) {
                return i;
            }
        }
        return tokens.size();
    }

    static List<String> all(List<Passage> passages, WordMatch words, String question, int mostCharacters) {
        List<String> sources = new ArrayList<>();
        for (int i = 0; i < passages.size(); i++) {
            sources.add(source(i + 1, passages.get(i), words, question, mostCharacters));
        }
        return sources;
    }
}
