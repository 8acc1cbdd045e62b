package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerationFinished;
import dev.millrace.gateway.grounded.Grounding.Reason;
import dev.millrace.gateway.grounded.Grounding.Sentence;
import dev.millrace.gateway.grounded.Grounding.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes an answer of what a model writes: takes out its citation marks, has each sentence checked once it is whole, and
 * tells text and what stands behind it in order. Text is held back until the documents are found to speak of a sentence of
 * it, so that an answer that rests on nothing is never told; from then on it flows. Its calls come one after the other.
 */
final class Composer {
    private final Checker checker;
    private final String abstention;
    private final Optional<Reasoning> reasoning;
    private final CitationMarks marks = new CitationMarks();
    private final StringBuilder draft = new StringBuilder();
    private final List<Mark> cited = new ArrayList<>();
    private final List<Sentence> claims = new ArrayList<>();
    /** Of {@link #claims}, those that have been told. */
    private int claimsTold;
    /** Of {@link #draft}, what has been told. */
    private int textTold;
    /** Where the sentence begins that is still being written. */
    private int sentenceStart;

    private boolean flowing;
    private boolean declined;
    private Optional<Reason> unchecked = Optional.empty();
    private FinishReason reason = FinishReason.FINISH_REASON_UNSPECIFIED;

    private record Mark(int at, int number) {}

    /**
     * @param abstention what is said where the documents don't say
     * @param stepByStep whether the model was asked to reason first
     */
    Composer(Checker checker, String abstention, boolean stepByStep) {
        this.checker = checker;
        this.abstention = abstention;
        this.reasoning = stepByStep ? Optional.of(new Reasoning()) : Optional.empty();
    }

    /** What follows from an engine's event. */
    Flux<GroundedEvent> next(GenerateEvent event) {
        return switch (event.getEventCase()) {
            case DELTA -> parted(event.getDelta().getText());
            case CHOICE_FINISHED -> {
                reason = event.getChoiceFinished().getReason();
                yield Flux.concat(reasoning.map(parts -> parted(parts.rest())).orElse(Flux.empty()), lastSentence());
            }
            case FINISHED -> Flux.defer(() -> end(event.getFinished()));
            case PROMPT, EVENT_NOT_SET -> Flux.empty();
        };
    }

    private Flux<GroundedEvent> parted(String text) {
        return reasoning.isPresent() ? parted(reasoning.get().add(text)) : grow(marks.add(text));
    }

    private Flux<GroundedEvent> parted(List<Reasoning.Piece> pieces) {
        return Flux.fromIterable(pieces)
                .concatMap(piece -> piece.ofAnswer()
                        ? grow(marks.add(piece.text()))
                        : Flux.just(new GroundedEvent.Reasoned(piece.text())));
    }

    private Flux<GroundedEvent> grow(List<CitationMarks.Piece> pieces) {
        for (CitationMarks.Piece piece : pieces) {
            draft.append(draft.isEmpty() ? piece.text().stripLeading() : piece.text());
            piece.numbers().forEach(number -> cited.add(new Mark(draft.length(), number)));
        }
        List<Sentences.Span> whole = new ArrayList<>();
        for (int border : Sentences.borders(draft, sentenceStart)) {
            whole.add(Sentences.trimmed(draft, sentenceStart, border));
            sentenceStart = border;
        }
        return Flux.concat(Mono.justOrEmpty(text()), judged(whole));
    }

    private Flux<GroundedEvent> lastSentence() {
        return Flux.defer(() -> {
            draft.append(marks.rest().stripTrailing());
            Sentences.Span last = Sentences.trimmed(draft, sentenceStart, draft.length());
            sentenceStart = draft.length();
            return Flux.concat(Mono.justOrEmpty(text()), judged(List.of(last)));
        });
    }

    private Flux<GroundedEvent> judged(List<Sentences.Span> sentences) {
        return Flux.fromIterable(sentences)
                .filter(sentence -> sentence.end() > sentence.start())
                .concatMap(this::judge);
    }

    private Flux<GroundedEvent> judge(Sentences.Span span) {
        String sentence = span.of(draft);
        if (Abstention.isSaidBy(sentence)) {
            declined = true;
            return Flux.empty();
        }
        if (unchecked.isPresent()) {
            return told(List.of(checker.unchecked(sentence, span.start(), numbers(span))));
        }
        return checker.check(sentence, span.start()).flatMapMany(outcome -> switch (outcome) {
            case Checker.Outcome.Checked(List<Sentence> found) -> told(found);
            case Checker.Outcome.Impossible(Reason why) -> {
                unchecked = Optional.of(why);
                yield told(List.of(checker.unchecked(sentence, span.start(), numbers(span))));
            }
        });
    }

    /** The sources that the model named for a sentence. */
    private List<Integer> numbers(Sentences.Span sentence) {
        return cited.stream()
                .filter(mark -> mark.at() > sentence.start() && mark.at() <= sentence.end())
                .map(Mark::number)
                .distinct()
                .toList();
    }

    private Flux<GroundedEvent> told(List<Sentence> found) {
        claims.addAll(found);
        if (found.stream().anyMatch(sentence -> sentence.verdict() != Verdict.NOT_FOUND)) {
            flowing = true;
        }
        return flowing ? told() : Flux.empty();
    }

    /** All that may be told and isn't. */
    private Flux<GroundedEvent> told() {
        List<GroundedEvent> events = new ArrayList<>();
        text().ifPresent(events::add);
        for (Sentence claim : claims.subList(claimsTold, claims.size())) {
            events.add(new GroundedEvent.Judged(claim, citations(claim)));
        }
        claimsTold = claims.size();
        return Flux.fromIterable(events);
    }

    private Optional<GroundedEvent> text() {
        if (!flowing || textTold == draft.length()) {
            return Optional.empty();
        }
        String text = draft.substring(textTold);
        textTold = draft.length();
        return Optional.of(new GroundedEvent.Text(text));
    }

    /** A sentence that documents contradict cites nothing: it doesn't rest on them. */
    private static List<Citation> citations(Sentence claim) {
        return claim.verdict() == Verdict.SUPPORTED || claim.verdict() == Verdict.UNCHECKED
                ? claim.source().stream()
                        .map(source -> new Citation(source.fileId(), source.filename(), claim.end()))
                        .toList()
                : List.of();
    }

    private Flux<GroundedEvent> end(GenerationFinished finished) {
        Optional<Grounding> abstained = abstention();
        if (abstained.isPresent()) {
            Flux<GroundedEvent> sentence = flowing ? Flux.empty() : Flux.just(new GroundedEvent.Text(abstention));
            return sentence.concatWith(
                    Mono.just(new GroundedEvent.Ended(abstained.get(), FinishReason.FINISH_REASON_STOP, finished)));
        }
        flowing = true;
        return told().concatWith(Mono.just(new GroundedEvent.Ended(Grounding.of(claims, unchecked), reason, finished)));
    }

    private Optional<Grounding> abstention() {
        if (claims.isEmpty() && declined) {
            return Optional.of(Grounding.abstained(Reason.DECLINED, OptionalDouble.empty()));
        }
        if (draft.toString().isBlank()) {
            return Optional.of(Grounding.abstained(Reason.EMPTY_ANSWER, OptionalDouble.empty()));
        }
        if (flowing || claims.isEmpty()) {
            return Optional.empty();
        }
        OptionalDouble best =
                claims.stream().flatMapToDouble(claim -> claim.score().stream()).max();
        return Optional.of(Grounding.abstained(declined ? Reason.DECLINED : Reason.UNSUPPORTED, best));
    }
}
