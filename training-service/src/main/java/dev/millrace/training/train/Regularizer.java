package dev.millrace.training.train;

import dev.millrace.training.torch.Scope;

/** Holds what is trained near where it began, so that the model forgets less of the rest. */
interface Regularizer {
    /**
     * Adds its derivatives to the gradients.
     *
     * @return its part of the loss
     */
    double add(Scope scope);
}
