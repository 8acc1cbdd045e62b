package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class WorkerPoolTest {
    @Test
    void every_part_runs_once_whether_threads_spin_or_are_parked() {
        for (int threads = 1; threads <= 4; threads++) {
            try (WorkerPool pool = new WorkerPool(threads)) {
                for (int round = 0; round < 2000; round++) {
                    int parts = round % 37;
                    AtomicIntegerArray runs = new AtomicIntegerArray(parts + 1);
                    pool.run(parts, runs::incrementAndGet);
                    for (int part = 0; part < parts; part++) {
                        assertThat(runs.get(part)).isEqualTo(1);
                    }
                    if (round % 100 == 0) {
                        LockSupport.parkNanos(1_000_000);
                    }
                }
            }
        }
    }

    @Test
    void the_first_failure_reaches_the_caller_and_the_pool_goes_on() {
        try (WorkerPool pool = new WorkerPool(3)) {
            assertThatThrownBy(() -> pool.run(10, part -> {
                        if (part == 7) {
                            throw new IllegalStateException("part 7");
                        }
                    }))
                    .hasMessage("part 7");
            AtomicIntegerArray runs = new AtomicIntegerArray(5);
            pool.run(5, runs::incrementAndGet);
            assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1, 1]");
        }
    }
}
