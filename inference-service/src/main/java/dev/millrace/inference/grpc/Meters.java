package dev.millrace.inference.grpc;

import dev.millrace.inference.engine.EngineStats;
import dev.millrace.inference.engine.Event;
import dev.millrace.inference.models.ModelRegistry;
import dev.millrace.inference.models.ModelState;
import dev.millrace.inference.models.ServedModel;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * The engines' metrics, by vLLM's names where it has one, so that its users' dashboards and schedulers work.
 *
 * @see <a href="https://docs.vllm.ai/en/stable/usage/metrics.html">vLLM's production metrics</a>
 */
public final class Meters {
    private static final String MODEL = "model_name";
    private static final Duration[] FIRST_TOKEN =
            millis(10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000);
    private static final Duration[] NEXT_TOKEN = millis(2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 500, 1_000);
    private static final Duration[] REQUEST = millis(100, 300, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000);

    private final MeterRegistry registry;
    private final ModelRegistry models;
    private final Set<String> bound = new HashSet<>();

    public Meters(MeterRegistry registry, ModelRegistry models) {
        this.registry = registry;
        this.models = models;
        models.onChange(this::bindLoaded);
        bindLoaded();
    }

    /** Times one request's tokens. */
    Watch watch(String model) {
        return new Watch(model);
    }

    private synchronized void bindLoaded() {
        models.states().forEach((name, state) -> {
            if (state instanceof ModelState.Ready(ServedModel model) && bound.add(name)) {
                bind(name, model);
            }
        });
    }

    private void bind(String name, ServedModel model) {
        gauge("vllm:num_requests_running", name, model, EngineStats::running);
        gauge("vllm:num_requests_waiting", name, model, EngineStats::waiting);
        gauge("vllm:kv_cache_usage_perc", name, model, stats -> (double) stats.blocksUsed() / stats.blocksTotal());
        counter("vllm:prompt_tokens", name, model, EngineStats::promptTokens);
        counter("vllm:generation_tokens", name, model, EngineStats::generatedTokens);
        counter("vllm:spec_decode_num_drafts", name, model, EngineStats::drafts);
        counter("vllm:spec_decode_num_draft_tokens", name, model, EngineStats::draftedTokens);
        counter("vllm:spec_decode_num_accepted_tokens", name, model, EngineStats::acceptedTokens);
        counter("vllm:num_preemptions", name, model, EngineStats::preemptions);
        counter("vllm:prefix_cache_queries", name, model, EngineStats::soughtTokens);
        counter("vllm:prefix_cache_hits", name, model, EngineStats::hitTokens);
        counter("vllm:request_success", name, model, EngineStats::finished);
        counter("millrace.requests.cancelled", name, model, EngineStats::cancelled);
        counter("millrace.requests.failed", name, model, EngineStats::failed);
        counter("millrace.steps", name, model, EngineStats::steps);
    }

    private void gauge(String meter, String name, ServedModel model, ToDoubleFunction<EngineStats> value) {
        Gauge.builder(meter, model, m -> value.applyAsDouble(m.engine().stats()))
                .tag(MODEL, name)
                .register(registry);
    }

    private void counter(String meter, String name, ServedModel model, ToDoubleFunction<EngineStats> value) {
        FunctionCounter.builder(
                        meter, model, m -> value.applyAsDouble(m.engine().stats()))
                .tag(MODEL, name)
                .register(registry);
    }

    private Timer timer(String meter, String model, Duration[] buckets) {
        return Timer.builder(meter)
                .tag(MODEL, model)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private static Duration[] millis(long... millis) {
        Duration[] durations = new Duration[millis.length];
        for (int i = 0; i < millis.length; i++) {
            durations[i] = Duration.ofMillis(millis[i]);
        }
        return durations;
    }

    /** Times one request's tokens as they come; used by one thread at a time. */
    final class Watch {
        private final Timer firstToken;
        private final Timer nextToken;
        private final Timer olderNextToken;
        private final Timer perToken;
        private final Timer request;
        private final Timer queue;
        private final long arrivedNanos = System.nanoTime();
        private long latestNanos;

        private Watch(String model) {
            firstToken = timer("vllm:time_to_first_token", model, FIRST_TOKEN);
            nextToken = timer("vllm:inter_token_latency", model, NEXT_TOKEN);
            // the name that vLLM had for it before
            olderNextToken = timer("vllm:time_per_output_token", model, NEXT_TOKEN);
            perToken = timer("vllm:request_time_per_output_token", model, NEXT_TOKEN);
            request = timer("vllm:e2e_request_latency", model, REQUEST);
            queue = timer("vllm:request_queue_time", model, REQUEST);
        }

        void accept(Event event) {
            switch (event) {
                case Event.Delta delta -> {
                    if (latestNanos == 0) {
                        firstToken.record(delta.atNanos() - arrivedNanos, TimeUnit.NANOSECONDS);
                    } else if (delta.choice() == 0) {
                        nextToken.record(delta.atNanos() - latestNanos, TimeUnit.NANOSECONDS);
                        olderNextToken.record(delta.atNanos() - latestNanos, TimeUnit.NANOSECONDS);
                    }
                    if (delta.choice() == 0) {
                        latestNanos = delta.atNanos();
                    }
                }
                case Event.Finished(Event.Usage usage, Event.Timings timings) -> {
                    queue.record(timings.queueNanos(), TimeUnit.NANOSECONDS);
                    request.record(
                            timings.queueNanos() + timings.prefillNanos() + timings.decodeNanos(),
                            TimeUnit.NANOSECONDS);
                    if (usage.completionTokens() > 1) {
                        perToken.record(timings.decodeNanos() / (usage.completionTokens() - 1), TimeUnit.NANOSECONDS);
                    }
                }
                case Event.PromptScored scored -> {}
                case Event.ChoiceFinished finished -> {}
                case Event.Embedded embedded -> {}
                case Event.Failed failed -> {}
            }
        }
    }
}
