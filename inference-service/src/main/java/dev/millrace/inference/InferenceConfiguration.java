package dev.millrace.inference;

import dev.millrace.inference.events.AdapterEvents;
import dev.millrace.inference.grpc.InferenceService;
import dev.millrace.inference.grpc.Meters;
import dev.millrace.inference.models.Adapters;
import dev.millrace.inference.models.ModelList;
import dev.millrace.inference.models.ModelLoader;
import dev.millrace.inference.models.ModelRegistry;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.models.ServedModel;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Providers;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;

/** What the service is made of. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({InferenceProperties.class, KafkaProperties.class})
class InferenceConfiguration {
    private static final Logger LOG = System.getLogger(InferenceConfiguration.class.getName());

    @Bean
    ModelRegistry modelRegistry(@Value("${millrace.models}") String models, InferenceProperties properties) {
        Map<String, Path> paths = ModelList.parse(models);
        Map<String, SamplingDefaults> sampling = properties.samplingOf(paths.keySet());
        ModelLoader loader = new ModelLoader(properties.backendOptions());
        return new ModelRegistry(
                paths,
                () -> kernels(properties),
                (name, path, kernels) ->
                        loader.load(name, path, kernels).sampledBy(sampling.getOrDefault(name, SamplingDefaults.NONE)),
                properties.engineOptions());
    }

    private static Kernels kernels(InferenceProperties properties) {
        Providers.Choice choice = Providers.choose(properties.kernelOptions());
        LOG.log(Level.INFO, "Kernels: {0}", choice.reason());
        return choice.kernels();
    }

    @Bean
    Adapters adapters(ModelRegistry models, InferenceProperties properties) {
        return new Adapters(properties.store(), models, model -> packing(model, properties));
    }

    @Bean
    AdapterEvents adapterEvents(Adapters adapters, KafkaProperties kafka) {
        return new AdapterEvents(adapters, kafka.buildAdminProperties());
    }

    @Bean
    ApplicationListener<ApplicationReadyEvent> followAdapters(AdapterEvents events, InferenceProperties properties) {
        return _ -> {
            if (properties.adapterEvents()) {
                events.start();
            }
        };
    }

    /** Of the model's provider, on the caller's thread alone. */
    private static Kernels packing(ServedModel model, InferenceProperties properties) {
        return Providers.choose(new KernelOptions(Optional.of(model.provider()), 1, properties.activations()))
                .kernels();
    }

    @Bean
    Meters meters(MeterRegistry registry, ModelRegistry models) {
        return new Meters(registry, models);
    }

    /** Carries results to clients: a thread for each that has some, never the engines'. */
    @Bean
    ExecutorService relays() {
        return Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("relay-", 0).factory());
    }

    @Bean
    InferenceService inferenceService(ModelRegistry models, Meters meters, ExecutorService relays) {
        return new InferenceService(models, meters, new SecureRandom(), relays);
    }

    @Bean
    HealthIndicator modelsHealthIndicator(ModelRegistry models) {
        return new ModelsHealth(models);
    }

    /** Before the gRPC server waits for its calls to end, the engines must know that they have to. */
    @Bean
    ApplicationListener<ContextClosedEvent> stopEngines(ModelRegistry models) {
        return event -> models.stop();
    }
}
