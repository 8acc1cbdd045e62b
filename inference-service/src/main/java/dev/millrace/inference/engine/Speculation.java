package dev.millrace.inference.engine;

import java.util.Optional;

/** How several tokens of one answer may come from one step. The tokens are the same, bit by bit, in either case. */
public enum Speculation {
    /** Tokens that followed before, in the prompt or the answer, where the text was as it is now are tried ahead. */
    LOOKUP,
    /** The same, with a row taken for a ninth of a step, whatever it takes: so what is tried doesn't depend on time. */
    EAGER,
    OFF;

    /** What rows cost, for engines that try drafts. */
    Optional<StepCosts> costs() {
        return switch (this) {
            case LOOKUP -> Optional.of(StepCosts.measured());
            case EAGER -> Optional.of(StepCosts.fixed());
            case OFF -> Optional.empty();
        };
    }

    /** The most tokens of a step with drafts: more would compete with what others wait for. */
    int stepTokens() {
        return this == OFF ? 0 : StepCosts.MOST_ROWS;
    }
}
