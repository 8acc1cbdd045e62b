package dev.millrace.rag.embed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
    private final Precedence precedence = new Precedence();

    private CountDownLatch givingWay() {
        CountDownLatch gaveWay = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> {
            try {
                precedence.giveWay();
                gaveWay.countDown();
            } catch (InterruptedException never) {
                Thread.currentThread().interrupt();
            }
        });
        return gaveWay;
    }

    @Test
    void what_can_wait_waits_until_the_last_that_somebody_waits_for_has_ended() throws Exception {
        assertThat(givingWay().await(1, TimeUnit.SECONDS)).isTrue();
        Precedence.Taken first = precedence.take();
        Precedence.Taken second = precedence.take();
        CountDownLatch gaveWay = givingWay();
        first.close();
        assertThat(gaveWay.await(200, TimeUnit.MILLISECONDS)).isFalse();
        second.close();
        assertThat(gaveWay.await(1, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void what_can_wait_comes_on_though_somebody_always_waits() throws Exception {
        try (Precedence.Taken _ = precedence.take()) {
            assertThat(givingWay().await(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
