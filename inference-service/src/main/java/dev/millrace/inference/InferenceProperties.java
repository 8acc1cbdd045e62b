package dev.millrace.inference;

import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.engine.Speculation;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.models.SamplingList;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KvType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * The service's settings; inference.yaml says what each means and what it is when nobody sets it.
 *
 * @param store the model store's folder; adapters lie in its folder {@code adapters}
 * @param adapterEvents whether the service begins to follow Kafka's topic of adapters by itself
 * @param threads 0 for one on each of the machine's cores
 * @param cacheTokens 0 for as many as {@code cacheSize} holds
 * @param context 0 for what the model was made for
 * @param sampling for {@link SamplingList}
 */
@ConfigurationProperties("millrace.inference")
public record InferenceProperties(
        Path store,
        boolean adapterEvents,
        @Nullable String kernels,
        int threads,
        KernelOptions.Activations activations,
        KvType kvType,
        DataSize cacheSize,
        long cacheTokens,
        int context,
        String sampling,
        int blockTokens,
        int stepTokens,
        int maxRunning,
        int maxWaiting,
        int outboxEvents,
        Duration grace,
        boolean checked,
        Speculation speculation) {
    KernelOptions kernelOptions() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new KernelOptions(
                Optional.ofNullable(kernels).filter(name -> !name.isBlank()),
                threads == 0 ? processors : threads,
                activations);
    }

    BackendOptions backendOptions() {
        return new BackendOptions(
                context == 0 ? OptionalInt.empty() : OptionalInt.of(context),
                kvType,
                cacheTokens == 0
                        ? new BackendOptions.CacheSize.Bytes(cacheSize.toBytes())
                        : new BackendOptions.CacheSize.Tokens(cacheTokens),
                blockTokens,
                stepTokens);
    }

    /**
     * Of the models that are named in {@code sampling}.
     *
     * @throws IllegalArgumentException if it can't be read, or names a model that isn't served
     */
    Map<String, SamplingDefaults> samplingOf(Set<String> served) {
        Map<String, SamplingDefaults> defaults = SamplingList.parse(sampling);
        for (String name : defaults.keySet()) {
            if (!served.contains(name)) {
                throw new IllegalArgumentException("millrace.inference.sampling names the model " + name
                        + ", which is none of those served, " + served);
            }
        }
        return defaults;
    }

    EngineOptions engineOptions() {
        return new EngineOptions(stepTokens, maxRunning, maxWaiting, outboxEvents, grace, checked, speculation);
    }
}
