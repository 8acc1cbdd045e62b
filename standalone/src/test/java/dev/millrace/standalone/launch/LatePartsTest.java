package dev.millrace.standalone.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.launch.LateParts.Part;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LatePartsTest {
    @Test
    @Timeout(90)
    void those_that_have_not_started_are_told_and_what_started_is_closed() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        Queue<String> closed = new ConcurrentLinkedQueue<>();
        LateParts parts = LateParts.begin(List.of(
                new Part("broker", "", () -> {
                    first.await();
                    return () -> closed.add("broker");
                }),
                new Part("broken", "it is missed", () -> {
                    throw new IllegalStateException("can't");
                }),
                new Part("documents", "", () -> {
                    second.await();
                    return () -> closed.add("documents");
                })));
        assertThat(parts.starting()).containsExactly("broker", "broken", "documents");
        first.countDown();
        while (parts.starting().size() > 1) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertThat(parts.starting()).containsExactly("documents");
        second.countDown();
        while (!parts.starting().isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        parts.close();
        assertThat(closed).containsExactly("documents", "broker");
    }
}
