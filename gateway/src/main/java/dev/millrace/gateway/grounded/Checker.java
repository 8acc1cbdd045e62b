package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.PageStart;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.Source;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.grounded.Grounding.Evidence;
import dev.millrace.gateway.grounded.Grounding.Reason;
import dev.millrace.gateway.grounded.Grounding.Sentence;
import dev.millrace.gateway.grounded.Grounding.Verdict;
import dev.millrace.gateway.request.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Holds the sentences of one answer against the passages that it was made from. */
final class Checker {
    /** What rag-service says where it has no model to check with. */
    private static final String UNAVAILABLE = "check_unavailable";

    private final RagClient rag;
    private final List<Passage> passages;
    private final WordMatch words;
    private final Jury jury;

    Checker(RagClient rag, List<Passage> passages, Jury jury) {
        this.rag = rag;
        this.jury = jury;
        this.passages = List.copyOf(passages);
        this.words = new WordMatch(passages);
    }

    /** What came of asking. */
    sealed interface Outcome {
        /** The claims that the sentence makes; none where it makes none. */
        record Checked(List<Sentence> claims) implements Outcome {}

        record Impossible(Reason reason) implements Outcome {}
    }

    /**
     * @param start where the sentence stands in the answer
     */
    Mono<Outcome> check(String sentence, int start) {
        CheckRequest request = CheckRequest.newBuilder()
                .setText(sentence)
                .addAllPassages(passages.stream().map(Passage::getText).toList())
                .build();
        return rag.check(request)
                .flatMap(answer -> Flux.fromIterable(answer.getSentencesList())
                        .concatMap(claim -> jury.judge(claim, answer.getThreshold()))
                        .map(claim -> claim(claim, start))
                        .collectList())
                .<Outcome>map(Outcome.Checked::new)
                .onErrorResume(RefusedException.class, refused -> Mono.just(new Outcome.Impossible(reason(refused))));
    }

    private static Reason reason(RefusedException refused) {
        return refused.refusal().code().filter(UNAVAILABLE::equals).isPresent()
                ? Reason.CHECK_UNAVAILABLE
                : Reason.CHECK_FAILED;
    }

    private Sentence claim(CheckedSentence claim, int start) {
        return new Sentence(
                claim.getText(),
                start + claim.getStart(),
                start + claim.getEnd(),
                switch (claim.getVerdict()) {
                    case VERDICT_SUPPORTED -> Verdict.SUPPORTED;
                    case VERDICT_CONTRADICTED -> Verdict.CONTRADICTED;
                    case VERDICT_NOT_FOUND, VERDICT_UNSPECIFIED, UNRECOGNIZED -> Verdict.NOT_FOUND;
                },
                OptionalDouble.of(claim.getScore()),
                claim.hasSource() ? Optional.of(evidence(claim.getSource())) : Optional.empty());
    }

    private Evidence evidence(Source source) {
        return evidence(source.getPassage(), source.getStart(), source.getEnd(), source.getQuote());
    }

    private Evidence evidence(int index, int start, int end, String quote) {
        Passage passage = passages.get(index);
        return new Evidence(
                passage.getDocumentId(),
                passage.getFilename(),
                page(passage, passage.getStart() + start),
                passage.getStart() + start,
                passage.getStart() + end,
                quote);
    }

    /** The page that a place in the document is on. */
    private static int page(Passage passage, int offset) {
        int page = passage.getFirstPage();
        for (PageStart next : passage.getPagesList()) {
            if (next.getOffset() <= offset) {
                page = next.getNumber();
            }
        }
        return page;
    }

    /**
     * A sentence that can't be checked, with what it cites; else with the passage that shares its words.
     *
     * @param cited numbers of sources, from 1, as the model gave them
     */
    Sentence unchecked(String sentence, int start, List<Integer> cited) {
        List<Integer> indexes = cited.stream()
                .filter(number -> number >= 1 && number <= passages.size())
                .map(number -> number - 1)
                .toList();
        Optional<Evidence> source = words.best(sentence, indexes)
                .map(place -> evidence(
                        place.passage(),
                        place.span().start(),
                        place.span().end(),
                        place.span().of(passages.get(place.passage()).getText())));
        return new Sentence(
                sentence, start, start + sentence.length(), Verdict.UNCHECKED, OptionalDouble.empty(), source);
    }
}
