package dev.millrace.inference.engine;

import dev.millrace.inference.cache.BlockPool;
import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.ModelShape;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.model.StepResult;
import dev.millrace.inference.sample.Sampler;
import dev.millrace.inference.schedule.Limits;
import dev.millrace.inference.schedule.Scheduler;
import dev.millrace.inference.text.Vocabulary;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.Lock;

/**
 * Runs one model: a thread that plans a step, lets the backend compute it and hands out what came of it, as long as there
 * is anything to do. All state but the queue of commands belongs to that thread.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Engine.class.getName());

    /** What other threads ask of the engine's. */
    private sealed interface Command {
        record Start(Job job) implements Command {}

        record Cancel(Job job) implements Command {}

        record Close(long deadlineNanos) implements Command {}
    }

    private final Backend backend;
    private final Lock turns;
    private final EngineOptions options;
    private final BlockPool pool;
    private final Door door;
    private final Scheduler<Work> scheduler;
    private final Sampler sampler;
    private final StepArrays arrays;
    private final Invariants invariants;
    private final Pace pace;
    private final Optional<StepCosts> costs;
    private final Counters counters = new Counters();
    private final LinkedBlockingQueue<Command> commands = new LinkedBlockingQueue<>();
    private final Set<Job> jobs = new HashSet<>();
    private final Thread thread;

    private volatile EngineStats stats;
    private boolean closing;
    private long deadlineNanos;

    /**
     * Starts the engine's thread.
     *
     * @param name of the model
     * @param backend stays its owner's to close, after the engine
     * @param turns held during each step; engines whose backends share kernels share a fair lock, so they go in turns
     */
    public Engine(String name, Backend backend, Vocabulary vocabulary, EngineOptions options, Lock turns) {
        if (options.stepTokens() > backend.maxStepTokens()) {
            throw new IllegalArgumentException("step-tokens must be at most what the backend computes at once, "
                    + backend.maxStepTokens() + ", was " + options.stepTokens());
        }
        ModelShape shape = backend.shape();
        this.backend = backend;
        this.turns = turns;
        this.options = options;
        this.pool = new BlockPool(backend.blocks(), backend.blockTokens());
        this.costs = options.speculation().costs();
        this.door = new Door(
                shape, vocabulary, pool, options, counters, costs, job -> commands.add(new Command.Cancel(job)));
        this.scheduler = new Scheduler<>(
                pool,
                new Limits(
                        options.stepTokens(),
                        results(options),
                        options.maxRunning(),
                        options.speculation().stepTokens()),
                backend::copy);
        this.sampler = new Sampler(shape.vocabularySize());
        this.arrays = new StepArrays(options.stepTokens(), options.maxRunning());
        this.invariants = new Invariants(pool);
        this.pace = new Pace(options.stepTokens());
        this.stats = counters.snapshot(pool, scheduler);
        this.thread = Thread.ofPlatform().name("engine-" + name).daemon().start(this::run);
    }

    // scored prompts want a row for each token: a row of a large vocabulary takes a megabyte
    private static int results(EngineOptions options) {
        return Math.min(options.stepTokens(), Math.max(64, options.maxRunning()));
    }

    /** Takes a request in, or says why not. Returns at once. */
    public Admission submit(Request request) {
        return submit(request, Optional.empty());
    }

    /** The same with an adapter of this engine's backend, which is held until the request has ended. */
    public Admission submit(Request request, Optional<Adapter> adapter) {
        return door.admit(request, adapter, job -> commands.add(new Command.Start(job)));
    }

    /** The engine at the end of its latest step. */
    public EngineStats stats() {
        return stats;
    }

    /** The most tokens that prompt and answer may have together: the model's context, or all of the cache if less. */
    public int limitTokens() {
        return door.limitTokens();
    }

    public int blockTokens() {
        return pool.blockTokens();
    }

    /** Takes in no more, lets what runs go on for the time of grace and ends the rest with an error. Returns at once. */
    public void stop() {
        if (door.shut()) {
            commands.add(new Command.Close(System.nanoTime() + options.grace().toNanos()));
        }
    }

    /** Stops, and waits for the end. */
    @Override
    public void close() {
        stop();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closing || !jobs.isEmpty()) {
            try {
                receive();
                List<Work> plan = scheduler.next(pace.promptTokens());
                if (!plan.isEmpty()) {
                    step(plan);
                }
                if (options.checked()) {
                    invariants.check(scheduler.running());
                }
            } catch (RuntimeException | Error e) {
                LOG.log(Level.ERROR, "The step loop failed; all requests end.", e);
                failAll(new Failure(Failure.Kind.INTERNAL, "The engine failed: " + e));
            }
            stats = counters.snapshot(pool, scheduler);
        }
    }

    private void step(List<Work> plan) {
        long startNanos = System.nanoTime();
        for (Work work : plan) {
            if (!work.job().started()) {
                work.job().start(startNanos);
                door.started();
            }
        }
        StepArrays.sortByAdapter(plan);
        Step step = arrays.fill(plan);
        StepResult result;
        turns.lock();
        try {
            result = backend.forward(step);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "A step of " + plan.size() + " sequences failed; their requests end.", e);
            for (Work work : plan) {
                fail(work.job(), new Failure(Failure.Kind.INTERNAL, "The model failed on this request's step: " + e));
            }
            return;
        } finally {
            turns.unlock();
        }
        counters.steps++;
        long atNanos = System.nanoTime();
        learn(arrays.generating(), step.batch().tokens() - arrays.generating(), atNanos - startNanos);
        scheduler.computed(plan);
        for (int s = 0; s < plan.size(); s++) {
            handOut(plan.get(s), s, result, atNanos);
        }
        scheduler.settle(plan);
    }

    private void learn(int generating, int prompt, long nanos) {
        pace.took(generating, prompt, nanos);
        if (prompt == 0 && costs.isPresent()) {
            costs.get().took(generating, nanos);
        }
    }

    private void handOut(Work work, int s, StepResult result, long atNanos) {
        Job job = work.job();
        int first = arrays.firstResult(s);
        // results beyond a draft that didn't come true belong to another text
        for (int i = 0; i < arrays.results(s) && work.holds(first + i); i++) {
            switch (accept(work, result, arrays.firstRow(s) + i, first + i, atNanos)) {
                case Work.Progress.Going() -> {}
                case Work.Progress.Broken(Failure failure) -> fail(job, failure);
                case Work.Progress.Done() -> {
                    scheduler.end(work);
                    if (job.workEnded()) {
                        long endNanos = System.nanoTime();
                        jobs.remove(job);
                        counters.finished(job.startedNanos(), endNanos);
                        // who reads the last event finds it in the stats
                        stats = counters.snapshot(pool, scheduler);
                        job.finish(endNanos);
                    }
                }
            }
        }
    }

    // one request's failure ends that request
    private Work.Progress accept(Work work, StepResult result, int row, int position, long atNanos) {
        try {
            return work.accept(result, row, position, sampler, atNanos);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "Request " + work.job().id() + " failed at token " + position + ".", e);
            return new Work.Progress.Broken(
                    new Failure(Failure.Kind.INTERNAL, "The engine failed on this request: " + e));
        }
    }

    /** Takes commands in: those that are there, or, with nothing to compute, the next one to come. */
    private void receive() {
        try {
            Command command = commands.poll();
            if (command == null && scheduler.idle() && !closing) {
                command = commands.take();
            }
            for (; command != null; command = commands.poll()) {
                switch (command) {
                    case Command.Start(Job job) -> start(job);
                    case Command.Cancel(Job job) -> cancel(job);
                    case Command.Close(long deadline) -> {
                        closing = true;
                        deadlineNanos = deadline;
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.WARNING, "The engine's thread was interrupted by a stranger and goes on.", e);
        }
        if (closing && System.nanoTime() - deadlineNanos >= 0) {
            failAll(new Failure(Failure.Kind.STOPPED, "The service is stopping."));
        }
    }

    private void start(Job job) {
        if (!job.ended()) {
            jobs.add(job);
            job.works().forEach(scheduler::add);
        }
    }

    private void cancel(Job job) {
        if (jobs.remove(job)) {
            job.cancel();
            drop(job);
            counters.cancelled++;
        }
    }

    private void fail(Job job, Failure failure) {
        if (jobs.remove(job)) {
            drop(job);
            counters.failed++;
            stats = counters.snapshot(pool, scheduler);
            job.fail(failure);
        }
    }

    private void failAll(Failure failure) {
        for (Job job : List.copyOf(jobs)) {
            fail(job, failure);
        }
    }

    private void drop(Job job) {
        if (!job.started()) {
            door.started();
        }
        for (Work work : job.works()) {
            if (work.state() != Work.State.ENDED) {
                scheduler.end(work);
            }
        }
    }
}
