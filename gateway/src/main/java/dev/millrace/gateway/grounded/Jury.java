package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.Verdict;
import dev.millrace.gateway.request.RefusedException;
import java.util.OptionalDouble;
import reactor.core.publisher.Mono;

/** The judges of one answer's sentences. Where the language model can't be asked, the check's word stands. */
final class Jury {
    /** Nobody is surer than this: else one judge's 0.9999 would leave the other no say. */
    private static final double SUREST = 0.999;

    private final Judge judge;
    private final ModelJudge model;
    private final double modelThreshold;
    private final Question question;
    private int asked;

    /**
     * @param modelThreshold from which on the language model's word means that a sentence is supported
     */
    Jury(Judge judge, ModelJudge model, double modelThreshold, Question question) {
        this.judge = judge;
        this.model = model;
        this.modelThreshold = modelThreshold;
        this.question = question;
    }

    /**
     * @param claim what the check says
     * @param checkThreshold from which on its score means that a sentence is supported
     */
    Mono<CheckedSentence> judge(CheckedSentence claim, double checkThreshold) {
        if (judge == Judge.CHECK || claim.getPremise().isEmpty()) {
            return Mono.just(claim);
        }
        return model.supports(question, asked++, claim.getPremise(), claim.getText())
                .map(yes -> weighed(judge, claim, checkThreshold, yes, modelThreshold))
                .onErrorReturn(RefusedException.class, claim);
    }

    /**
     * The check's word and the model's as one. In a vote each judge's log odds count from its own threshold, so that the mean
     * of both is above nothing where the surer one holds the sentence for supported.
     */
    static CheckedSentence weighed(
            Judge judge, CheckedSentence claim, double checkThreshold, OptionalDouble yes, double modelThreshold) {
        if (judge == Judge.CHECK || yes.isEmpty()) {
            return claim;
        }
        double beyond = odds(yes.getAsDouble()) - odds(modelThreshold);
        if (judge == Judge.MODEL) {
            return judged(claim, beyond >= 0, Verdict.VERDICT_NOT_FOUND, yes.getAsDouble());
        }
        double mean = (beyond + odds(claim.getScore()) - odds(checkThreshold)) / 2;
        Verdict otherwise = claim.getVerdict() == Verdict.VERDICT_CONTRADICTED
                ? Verdict.VERDICT_CONTRADICTED
                : Verdict.VERDICT_NOT_FOUND;
        return judged(claim, mean >= 0, otherwise, 1 / (1 + Math.exp(-mean)));
    }

    private static double odds(double probability) {
        double bounded = Math.clamp(probability, 1 - SUREST, SUREST);
        return Math.log(bounded / (1 - bounded));
    }

    private static CheckedSentence judged(CheckedSentence claim, boolean supported, Verdict otherwise, double score) {
        Verdict verdict = supported ? Verdict.VERDICT_SUPPORTED : otherwise;
        CheckedSentence.Builder judged = claim.toBuilder().setVerdict(verdict).setScore(score);
        if (verdict == Verdict.VERDICT_NOT_FOUND) {
            judged.clearSource();
        } else if (claim.hasClosest()) {
            judged.setSource(claim.getClosest());
        }
        return judged.build();
    }
}
