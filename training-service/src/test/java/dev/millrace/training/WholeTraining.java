package dev.millrace.training;

import dev.millrace.contracts.v1.TrainingGrpc;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.springframework.context.ConfigurableApplicationContext;

/** The service as it runs, with real stores and real workers, for the tiny llama. */
final class WholeTraining implements AutoCloseable {
    static final Path MODEL = Path.of("src/test/resources/goldens/llama").toAbsolutePath();

    private final ConfigurableApplicationContext context;
    private final ManagedChannel channel;
    final TrainingGrpc.TrainingBlockingStub client;

    WholeTraining(Path folder, String jdbcUrl, String kafka, FakeTokenizer tokenizer) {
        String name = "training-" + UUID.randomUUID();
        context = TrainingApplication.create()
                .run(List.of(
                                "server.port=0",
                                "server.address=127.0.0.1",
                                "spring.grpc.server.inprocess.name=" + name,
                                "spring.grpc.server.port=0",
                                "spring.grpc.server.address=127.0.0.1",
                                "spring.datasource.url=" + jdbcUrl,
                                "spring.datasource.username=postgres",
                                "spring.datasource.password=postgres",
                                "spring.kafka.bootstrap-servers=" + kafka,
                                "millrace.home=" + folder,
                                "millrace.tokenizer.address=" + tokenizer.address(),
                                "millrace.training.models=tiny=" + MODEL,
                                "millrace.training.slots=2",
                                "millrace.training.threads=1",
                                "millrace.training.worker-heap=256m",
                                "millrace.training.lease=20s")
                        .stream()
                        .map(argument -> "--" + argument)
                        .toArray(String[]::new));
        channel = InProcessChannelBuilder.forName(name).build();
        client = TrainingGrpc.newBlockingStub(channel);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        context.close();
    }
}
