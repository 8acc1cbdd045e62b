package dev.millrace.gateway;

import dev.millrace.gateway.conversation.Conversations;
import dev.millrace.gateway.conversation.KeptResponse;
import dev.millrace.gateway.files.FileFolder;
import dev.millrace.gateway.files.FileStore;
import dev.millrace.gateway.files.FileTable;
import dev.millrace.gateway.keys.Authentication;
import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.keys.KeyLimits;
import dev.millrace.gateway.keys.Keys;
import dev.millrace.gateway.keys.ModelPattern;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.limit.Limits;
import dev.millrace.gateway.limit.Reservation;
import dev.millrace.gateway.usage.RequestUsage;
import dev.millrace.gateway.usage.Usages;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import reactor.core.publisher.Mono;

/** The gateway's doors over real sockets, in front of a {@link FakeBackend}, with its stores in memory. */
public final class RunningGateway implements AutoCloseable {
    public static final String KEY = "mr-test";
    public static final String ADMIN_KEY = "mr-admin";
    public static final String TINY_ONLY_KEY = "mr-tiny";
    public static final String REVOKED_KEY = "mr-revoked";
    public static final String EXPIRED_KEY = "mr-expired";

    private final ConfigurableApplicationContext context;
    private volatile int grpcPort;
    public final FakeBackend backend = new FakeBackend();
    public final MemoryLimits limits = new MemoryLimits();
    public final Queue<RequestUsage> usages = new ConcurrentLinkedQueue<>();

    /**
     * @param properties beside those of gateway.yaml, {@code name=value}
     */
    public RunningGateway(String... properties) {
        SpringApplication application = GatewayApplication.create(Doors.class);
        application.addInitializers(initialised -> register((GenericApplicationContext) initialised));
        application.addListeners((ApplicationListener<GrpcServerStartedEvent>) started -> grpcPort = started.getPort());
        List<String> arguments = new ArrayList<>(List.of(
                "server.port=0",
                "server.address=127.0.0.1",
                "management.server.port=0",
                "management.server.address=127.0.0.1",
                "spring.grpc.server.port=0",
                "spring.grpc.server.address=127.0.0.1",
                "millrace.tokenizer.address=" + backend.address(),
                "millrace.inference.addresses=" + backend.address(),
                "millrace.inference.interval=100ms"));
        arguments.addAll(List.of(properties));
        context = application.run(
                arguments.stream().map(argument -> "--" + argument).toArray(String[]::new));
    }

    private void register(GenericApplicationContext initialised) {
        initialised.registerBean(Keys.class, MemoryKeys::new);
        initialised.registerBean(Limits.class, () -> limits);
        initialised.registerBean(Usages.class, () -> usages::add);
        initialised.registerBean(Conversations.class, MemoryConversations::new);
        initialised.registerBean(FileStore.class, RunningGateway::noFiles);
    }

    /** Files need a database. */
    private static FileStore noFiles() {
        return new FileStore(
                new FileFolder(Path.of("target", "no-files"), 1 << 20, 0),
                new FileTable(new DriverManagerDataSource("jdbc:postgresql://127.0.0.1:1/none")),
                InstantSource.system());
    }

    public int port() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    public int managementPort() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.management.port"));
    }

    public int grpcPort() {
        return grpcPort;
    }

    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    public ConfigurableApplicationContext context() {
        return context;
    }

    @Override
    public void close() {
        context.close();
        backend.close();
    }

    /** The gateway without its stores. */
    @SpringBootConfiguration
    @EnableAutoConfiguration(
            exclude = {
                DataSourceAutoConfiguration.class,
                FlywayAutoConfiguration.class,
                KafkaAutoConfiguration.class,
            })
    @Import(GatewayConfiguration.class)
    static class Doors {}

    private static final class MemoryKeys implements Keys {
        @Override
        public Mono<Authentication> authenticate(String key) {
            return Mono.just(
                    switch (key) {
                        case KEY -> caller("key-1", Scope.INFERENCE, List.of());
                        case ADMIN_KEY -> caller("key-2", Scope.ADMIN, List.of());
                        case TINY_ONLY_KEY -> caller("key-3", Scope.INFERENCE, List.of(FakeBackend.TINY));
                        case REVOKED_KEY -> new Authentication.Revoked(Instant.EPOCH);
                        case EXPIRED_KEY -> new Authentication.Expired(Instant.EPOCH);
                        default -> new Authentication.Unknown();
                    });
        }

        private static Authentication caller(String id, Scope scope, List<String> models) {
            return new Authentication.Authenticated(new Caller(
                    id,
                    "test",
                    Set.of(scope),
                    models.stream().map(ModelPattern::new).toList(),
                    KeyLimits.NONE));
        }
    }

    private static final class MemoryConversations implements Conversations {
        private final Map<String, KeptResponse> kept = new ConcurrentHashMap<>();

        @Override
        public void keep(KeptResponse response) {
            kept.put(response.id(), response);
        }

        @Override
        public Optional<KeptResponse> find(String tenant, String id) {
            return Optional.ofNullable(kept.get(id))
                    .filter(response -> response.tenant().equals(tenant));
        }

        @Override
        public boolean delete(String tenant, String id) {
            return find(tenant, id).isPresent() && kept.remove(id) != null;
        }

        @Override
        public void deleteOlderThan(Instant time) {
            kept.values().removeIf(response -> response.createdAt().isBefore(time));
        }
    }

    /** Lets everything pass until told otherwise, and counts what is set aside. */
    public static final class MemoryLimits implements Limits {
        public final AtomicLong reserved = new AtomicLong();
        public final AtomicLong settled = new AtomicLong();
        public final AtomicLong open = new AtomicLong();
        public final AtomicBoolean refusing = new AtomicBoolean();

        @Override
        public Reservation reserve(Caller caller, String model, long tokens) {
            if (refusing.get()) {
                return new Reservation.Refused(
                        "the key has used its 100 tokens a minute",
                        "rate_limit_exceeded",
                        Duration.ofMillis(1_500),
                        Map.of("x-ratelimit-remaining-tokens", "0"));
            }
            reserved.addAndGet(tokens);
            open.incrementAndGet();
            return new Reservation.Granted() {
                private final AtomicBoolean done = new AtomicBoolean();

                @Override
                public Map<String, String> headers() {
                    return Map.of("x-ratelimit-remaining-tokens", "99");
                }

                @Override
                public void settle(long usedTokens) {
                    if (done.compareAndSet(false, true)) {
                        settled.addAndGet(usedTokens);
                        open.decrementAndGet();
                    }
                }
            };
        }
    }
}
