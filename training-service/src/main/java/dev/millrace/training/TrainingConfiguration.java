package dev.millrace.training;

import dev.millrace.training.database.Schema;
import dev.millrace.training.events.OutboxPublisher;
import dev.millrace.training.events.RequestConsumer;
import dev.millrace.training.grpc.Channels;
import dev.millrace.training.grpc.TokenizerClient;
import dev.millrace.training.grpc.TrainingService;
import dev.millrace.training.jobs.AdapterStore;
import dev.millrace.training.jobs.JobSettings;
import dev.millrace.training.jobs.JobTable;
import dev.millrace.training.jobs.Jobs;
import dev.millrace.training.jobs.Supervisor;
import dev.millrace.training.worker.Worker;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the service is made of. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TrainingProperties.class)
class TrainingConfiguration {
    @Bean
    Schema schema(DataSource pool) {
        return new Schema(pool);
    }

    @Bean
    JobTable jobTable(Schema schema) {
        return new JobTable(schema.database());
    }

    @Bean
    JobSettings jobSettings(TrainingProperties properties, @Value("${millrace.home}") Path home) {
        int threads = properties.threads() > 0
                ? properties.threads()
                : Runtime.getRuntime().availableProcessors();
        return new JobSettings(
                properties.modelPaths(),
                properties.files(),
                properties.work(),
                properties.slots(),
                threads,
                properties.lease(),
                properties.patience(),
                command(properties.workerHeap(), home));
    }

    /** The JVM that runs this service, with its class path; or Boot's launcher, where the service runs from one jar. */
    private static List<String> command(String heap, Path home) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx" + heap,
                // weights lie in direct memory, which Java would limit to the heap's size
                "-XX:MaxDirectMemorySize=1t",
                "--enable-native-access=ALL-UNNAMED",
                "-Dai.djl.offline=true"));
        command.addAll(likeThisJvm(ManagementFactory.getRuntimeMXBean().getInputArguments()));
        command.addAll(List.of(
                "-DDJL_CACHE_DIR="
                        + System.getProperty(
                                "DJL_CACHE_DIR",
                                home.resolve("cache").resolve("djl").toString()),
                "-cp",
                System.getProperty("java.class.path")));
        boolean oneJar =
                String.valueOf(Worker.class.getResource("Worker.class")).startsWith("jar:nested:");
        if (oneJar) {
            command.add("-Dloader.main=" + Worker.class.getName());
        }
        command.add(oneJar ? "org.springframework.boot.loader.launch.PropertiesLauncher" : Worker.class.getName());
        return command;
    }

    /**
     * What lets a worker begin with this JVM's ahead-of-time cache, where there is one: Java takes it only with the same
     * class path, modules and form of objects.
     */
    static List<String> likeThisJvm(List<String> options) {
        if (options.stream().noneMatch(option -> option.startsWith("-XX:AOTCache="))) {
            // for kernels of matrices in 8 bits, where there are no native ones
            return List.of("--add-modules=jdk.incubator.vector");
        }
        return options.stream()
                .filter(option -> option.startsWith("-XX:AOTCache=")
                        || option.startsWith("-XX:+Use")
                        || option.startsWith("--add-modules"))
                .toList();
    }

    @Bean
    AdapterStore adapterStore(TrainingProperties properties) {
        return new AdapterStore(properties.store());
    }

    @Bean
    Jobs jobs(JobTable table, JobSettings settings, AdapterStore adapters) {
        return new Jobs(table, settings, adapters);
    }

    @Bean
    Channels channels() {
        return new Channels();
    }

    @Bean
    TokenizerClient tokenizer(Channels channels, @Value("${millrace.tokenizer.address}") String address) {
        return new TokenizerClient(channels.to(address));
    }

    @Bean
    TrainingService trainingService(Jobs jobs) {
        return new TrainingService(jobs, InstantSource.system());
    }

    @Bean
    Supervisor supervisor(JobTable table, JobSettings settings, TokenizerClient tokenizer, AdapterStore adapters) {
        return new Supervisor(table, settings, tokenizer, adapters);
    }

    @Bean
    RequestConsumer requestConsumer(Jobs jobs, KafkaProperties kafka) {
        return new RequestConsumer(jobs, kafka.buildAdminProperties());
    }

    @Bean
    OutboxPublisher outboxPublisher(JobTable table, KafkaProperties kafka) {
        return new OutboxPublisher(table, kafka.buildAdminProperties());
    }

    @Bean
    ApplicationListener<ApplicationReadyEvent> background(
            Supervisor supervisor, RequestConsumer requests, OutboxPublisher outbox) {
        return _ -> {
            supervisor.start();
            requests.start();
            outbox.start();
        };
    }
}
