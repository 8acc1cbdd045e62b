package dev.millrace.rag.check;

import dev.millrace.rag.check.CheckedText.Sentence;
import dev.millrace.rag.check.CheckedText.Source;
import dev.millrace.rag.check.Premises.Place;
import dev.millrace.rag.text.Sentences;
import dev.millrace.rag.text.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Each sentence of a text against the one or two sentences of the sources that match it best. */
public final class GroundednessCheck {
    private static final int SENTENCES_PER_PREMISE = 2;

    private final ClaimClassifier classifier;

    public GroundednessCheck(ClaimClassifier classifier) {
        this.classifier = classifier;
    }

    /** What is read of the sources for one sentence of the text. */
    private record Question(Span sentence, List<Place> places) {}

    public CheckedText check(String text, List<String> passages) {
        Premises premises = new Premises(passages);
        List<Question> questions = new ArrayList<>();
        List<ClaimClassifier.Pair> pairs = new ArrayList<>();
        for (Span sentence : Sentences.split(text)) {
            if (Claims.isClaim(sentence.of(text))) {
                List<Place> places = premises.best(sentence.of(text), SENTENCES_PER_PREMISE);
                questions.add(new Question(sentence, places));
                // all of them together, then each alone: the verdict is of the first, the quote of the best
                pairs.add(new ClaimClassifier.Pair(
                        String.join(" ", places.stream().map(premises::text).toList()), sentence.of(text)));
                places.forEach(place -> pairs.add(new ClaimClassifier.Pair(premises.text(place), sentence.of(text))));
            }
        }
        List<ClaimClassifier.Probabilities> probabilities = classifier.classify(pairs);
        List<Sentence> sentences = new ArrayList<>();
        int next = 0;
        for (Question question : questions) {
            int end = next + 1 + question.places().size();
            sentences.add(sentence(question, probabilities.subList(next, end), premises));
            next = end;
        }
        return whole(sentences);
    }

    private Sentence sentence(Question question, List<ClaimClassifier.Probabilities> found, Premises premises) {
        if (question.places().isEmpty()) {
            return new Sentence(question.sentence(), Verdict.NOT_FOUND, 0, Optional.empty());
        }
        ClaimClassifier.Probabilities together = found.getFirst();
        Verdict verdict = classifier.verdict(together);
        if (verdict == Verdict.NOT_FOUND) {
            return new Sentence(question.sentence(), verdict, together.supported(), Optional.empty());
        }
        int best = 0;
        for (int i = 1; i < question.places().size(); i++) {
            if (found.get(i + 1).of(verdict) > found.get(best + 1).of(verdict)) {
                best = i;
            }
        }
        Place place = question.places().get(best);
        return new Sentence(
                question.sentence(),
                verdict,
                together.supported(),
                Optional.of(new Source(place.passage(), place.span(), premises.text(place))));
    }

    private static CheckedText whole(List<Sentence> sentences) {
        Verdict worst = sentences.stream()
                .map(Sentence::verdict)
                .max(Comparator.naturalOrder())
                .orElse(Verdict.SUPPORTED);
        double lowest = sentences.stream().mapToDouble(Sentence::score).min().orElse(1);
        return new CheckedText(worst, lowest, sentences);
    }
}
