package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.StepResult;
import dev.millrace.inference.sample.Sampler;
import dev.millrace.inference.schedule.Prompt;
import dev.millrace.inference.schedule.Sequence;
import java.util.Optional;

/** A sequence and what is made of its results. */
abstract sealed class Work extends Sequence permits Choice, Scoring, Pooled {
    /** What a result leads to. */
    sealed interface Progress {
        /** More is wanted. */
        record Going() implements Progress {}

        /** All is done. */
        record Done() implements Progress {}

        /** The request can't go on. */
        record Broken(Failure failure) implements Progress {}
    }

    static final Progress GOING = new Progress.Going();

    private final Job job;

    Work(Job job, long arrival, int priority, Prompt prompt, String salt, BlockPool pool, Optional<Sequence> leader) {
        super(arrival, priority, prompt, salt, pool, leader);
        this.job = job;
    }

    Job job() {
        return job;
    }

    /** What it is computed with; empty for the model itself. */
    final Optional<Adapter> adapter() {
        return job.adapter();
    }

    @Override
    protected final String adapterDigest() {
        return adapter().map(Adapter::digest).orElse("");
    }

    /** Whether rows of logits are its results; else hidden states are. */
    abstract boolean readsLogits();

    /** Whether it still runs and the token at {@code position} is its own, not a draft that didn't come true. */
    final boolean holds(int position) {
        return state() == State.RUNNING && position < computed();
    }

    /**
     * Takes one result.
     *
     * @param row of the step's logits or hidden states
     * @param position that the result belongs to
     * @param atNanos when the step ended
     */
    abstract Progress accept(StepResult result, int row, int position, Sampler sampler, long atNanos);

    /** Hands an event to whoever asked. */
    final Progress emit(Event event, Progress then) {
        if (job.outbox().offer(event)) {
            return then;
        }
        return new Progress.Broken(new Failure(
                Failure.Kind.SLOW_CLIENT,
                "The client reads too slowly: too much of the answer waits to be sent to it."));
    }

    static Progress broken(int position, String reason) {
        return new Progress.Broken(new Failure(
                Failure.Kind.INTERNAL, "The model gave no usable result for token " + position + ": " + reason + "."));
    }
}
