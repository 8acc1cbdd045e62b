package dev.millrace.rag.check;

import dev.millrace.rag.check.CheckedText.Sentence;
import dev.millrace.rag.check.CheckedText.Source;
import dev.millrace.rag.text.Premises;
import dev.millrace.rag.text.Premises.Premise;
import dev.millrace.rag.text.Sentences;
import dev.millrace.rag.text.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Each sentence of a text against the few sentences of the sources that match it best. */
public final class GroundednessCheck {
    /** Of summaries, three tell more than two, and more than three no more; src/main/python/check/README.md has the figures. */
    private static final int SENTENCES_PER_PREMISE = 3;

    private final ClaimClassifier classifier;

    public GroundednessCheck(ClaimClassifier classifier) {
        this.classifier = classifier;
    }

    /**
     * A sentence of the text.
     *
     * @param premise of which the closest sentence is quoted; none where there are no sources
     */
    private record Question(Span sentence, Premise premise) {}

    public CheckedText check(String text, List<String> passages) {
        Premises premises = new Premises(passages);
        List<Question> questions = new ArrayList<>();
        List<ClaimClassifier.Pair> pairs = new ArrayList<>();
        for (Span sentence : Sentences.split(text)) {
            String claim = sentence.of(text);
            if (Claims.isClaim(claim)) {
                Premise premise = premises.of(claim, SENTENCES_PER_PREMISE);
                questions.add(new Question(sentence, premise));
                pairs.add(new ClaimClassifier.Pair(premise.text(), claim));
            }
        }
        List<ClaimClassifier.Probabilities> probabilities = classifier.classify(pairs);
        List<Sentence> sentences = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            sentences.add(sentence(questions.get(i), probabilities.get(i), premises));
        }
        return whole(sentences);
    }

    private Sentence sentence(Question question, ClaimClassifier.Probabilities found, Premises premises) {
        Premise premise = question.premise();
        Optional<Source> closest =
                premise.closest().map(place -> new Source(place.passage(), place.span(), premises.text(place)));
        if (closest.isEmpty()) {
            return new Sentence(question.sentence(), Verdict.NOT_FOUND, 0, closest, premise.text(), closest);
        }
        Verdict verdict = classifier.verdict(found);
        Optional<Source> source = verdict == Verdict.NOT_FOUND ? Optional.empty() : closest;
        return new Sentence(question.sentence(), verdict, found.supported(), source, premise.text(), closest);
    }

    private CheckedText whole(List<Sentence> sentences) {
        Verdict worst = sentences.stream()
                .map(Sentence::verdict)
                .max(Comparator.naturalOrder())
                .orElse(Verdict.SUPPORTED);
        double lowest = sentences.stream().mapToDouble(Sentence::score).min().orElse(1);
        return new CheckedText(worst, lowest, sentences, classifier.threshold());
    }
}
