package dev.millrace.kernels.compute;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that share the parts of one call at a time with the thread that makes it. Parts are taken one by one, so
 * a thread that loses its core to a neighbour holds up only the part that it is at. Who waits spins for some
 * microseconds and then parks: spinning on without end made a busy neighbour cost twentyfold.
 */
final class WorkerPool implements AutoCloseable {
    /** Longer than the pause between two kernels of a step, shorter than a scheduler's time slice. */
    private static final long SPIN_NANOS = 40_000;

    /** One part of a call. */
    @FunctionalInterface
    interface Task {
        void run(int part);
    }

    private final Worker[] workers;
    private volatile Job job = Job.NONE;
    private volatile boolean closed;

    /** @param threads how many work on a call, the caller among them */
    WorkerPool(int threads) {
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker();
            Thread.ofPlatform().daemon().name("kernels-" + (i + 1)).start(workers[i]);
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /**
     * Runs {@code task} for 0 to {@code parts - 1} and returns when all have ended. Called by one thread at a time.
     *
     * @throws RuntimeException the first that a part threw, after all parts have ended
     */
    void run(int parts, Task task) {
        if (parts <= 1 || workers.length == 0) {
            for (int part = 0; part < parts; part++) {
                task.run(part);
            }
            return;
        }
        Job posted = new Job(task, parts, Thread.currentThread());
        job = posted;
        for (int i = 0; i < Math.min(parts - 1, workers.length); i++) {
            workers[i].wake();
        }
        posted.work();
        posted.await();
    }

    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            worker.wake();
        }
    }

    /** One call. */
    private static final class Job {
        static final Job NONE = new Job(_ -> {}, 0, Thread.currentThread());

        private final Task task;
        private final int parts;
        private final Thread caller;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(Task task, int parts, Thread caller) {
            this.task = task;
            this.parts = parts;
            this.caller = caller;
        }

        void work() {
            for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
                try {
                    task.run(part);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
                if (ended.incrementAndGet() == parts && Thread.currentThread() != caller) {
                    LockSupport.unpark(caller);
                }
            }
        }

        void await() {
            long start = System.nanoTime();
            while (ended.get() < parts) {
                if (System.nanoTime() - start < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            switch (failure.get()) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case null, default -> {}
            }
        }
    }

    private final class Worker implements Runnable {
        private final AtomicBoolean parked = new AtomicBoolean();
        private volatile @Nullable Thread thread;

        void wake() {
            if (parked.compareAndSet(true, false)) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            Job last = Job.NONE;
            while (!closed) {
                last = next(last);
                last.work();
            }
        }

        /** Waits for another job than {@code last}, or for the end. */
        private Job next(Job last) {
            long start = System.nanoTime();
            while (job == last && !closed) {
                if (System.nanoTime() - start < SPIN_NANOS) {
                    Thread.onSpinWait();
                    continue;
                }
                parked.set(true);
                if (job == last && !closed) {
                    LockSupport.park(WorkerPool.this);
                }
                parked.set(false);
            }
            return job;
        }
    }
}
