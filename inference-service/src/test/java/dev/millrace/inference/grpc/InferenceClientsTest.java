package dev.millrace.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.testing.Eventually;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Clients that are many, go away, or stop reading. */
class InferenceClientsTest extends RunningInference {
    @Test
    void a_full_queue_says_when_to_come_again() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        backend.beforeEachStep(step -> await(held));
        CountDownLatch done = new CountDownLatch(20);
        AtomicInteger overloaded = new AtomicInteger();
        for (int i = 0; i < 20; i++) {
            Thread.startVirtualThread(() -> {
                try {
                    generate(request(2, 5, 6).build());
                } catch (StatusRuntimeException e) {
                    assertThat(info(e).getReason()).isEqualTo("overloaded");
                    assertThat(Long.parseLong(info(e).getMetadataOrThrow("retry_after_millis")))
                            .isBetween(1_000L, 60_000L);
                    overloaded.incrementAndGet();
                    held.countDown();
                } finally {
                    done.countDown();
                }
            });
        }
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(overloaded.get()).isPositive();
        assertThat(stats().getRequestsFinished()).isEqualTo(20 - overloaded.get());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void the_blocks_of_a_client_that_goes_away_are_free_within_one_step() throws InterruptedException {
        CountDownLatch gone = new CountDownLatch(1);
        AtomicInteger steps = new AtomicInteger();
        backend.beforeEachStep(step -> {
            if (steps.incrementAndGet() == 20) {
                // in the middle of a step
                await(gone);
            }
        });
        Context.CancellableContext context = Context.current().withCancellation();
        context.run(() -> {
            Iterator<GenerateEvent> events =
                    client().generate(request(1_500, 2, 3).build());
            events.next();
        });
        while (steps.get() < 20) {
            Thread.sleep(1);
        }
        assertThat(stats().getBlocksUsed()).isPositive();
        context.cancel(null);
        await(cancellation);
        gone.countDown();
        while (stats().getRequestsCancelled() == 0) {
            Thread.sleep(1);
        }
        assertThat(stats().getBlocksUsed()).isZero();
        assertThat(stats().getSteps()).isEqualTo(20);
    }

    @Test
    void a_client_that_stops_reading_is_ended_and_holds_up_no_one() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        List<ClientCallStreamObserver<GenerateRequest>> calls = new ArrayList<>();
        GenerateRequest.Builder flood = request(1_900, 2, 3);
        flood.getSamplingBuilder().setTopLogprobs(20);
        InferenceGrpc.newStub(channel)
                .generate(flood.build(), new ClientResponseObserver<GenerateRequest, GenerateEvent>() {
                    @Override
                    public void beforeStart(ClientCallStreamObserver<GenerateRequest> call) {
                        calls.add(call);
                        call.disableAutoRequestWithInitial(1);
                    }

                    @Override
                    public void onNext(GenerateEvent event) {
                        first.countDown();
                    }

                    @Override
                    public void onError(Throwable error) {
                        ended.countDown();
                    }

                    @Override
                    public void onCompleted() {}
                });
        assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
        while (stats().getRequestsFailed() == 0) {
            // others are served all the while
            assertThat(generate(request(3, 9, 9).build())).isNotEmpty();
        }
        assertThat(stats().getRequestsFailed()).isEqualTo(1);
        Eventually.holds("nothing is left", () -> stats().getBlocksUsed() == 0);
        calls.getFirst().request(10_000);
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    }
}
