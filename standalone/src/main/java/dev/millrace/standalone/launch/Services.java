package dev.millrace.standalone.launch;

import dev.millrace.gateway.GatewayApplication;
import dev.millrace.inference.InferenceApplication;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.models.SamplingList;
import dev.millrace.rag.RagApplication;
import dev.millrace.tokenizer.TokenizerApplication;
import dev.millrace.training.TrainingApplication;
import io.micrometer.core.instrument.Metrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The platform's services, each a Spring context of its own in this process. Between them gRPC without sockets; to the
 * outside only the gateway's ports.
 */
final class Services {
    static final String TOKENIZER = "millrace-tokenizer";
    static final String INFERENCE = "millrace-inference";
    static final String RAG = "millrace-rag";
    static final String TRAINING = "millrace-training";

    /** Below the gateway a service is gRPC and its own beans. */
    private static final String NEEDED_BELOW_THE_GATEWAY = String.join(
            ",",
            "org.springframework.boot.autoconfigure.context.",
            "org.springframework.boot.grpc.server.autoconfigure.GrpcServer");

    /** With a database and a broker. */
    private static final String NEEDED_WITH_STORES = String.join(
            ",",
            NEEDED_BELOW_THE_GATEWAY,
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAuto",
            "org.springframework.boot.kafka.autoconfigure.KafkaAuto");

    /** All that its surfaces and stores need; health and metrics are for machines that watch processes of their own. */
    private static final String NEEDED_BY_THE_GATEWAY = String.join(
            ",",
            "org.springframework.boot.autoconfigure.context.",
            "org.springframework.boot.autoconfigure.ssl.",
            "org.springframework.boot.grpc.server.autoconfigure.GrpcServerAuto",
            "org.springframework.boot.grpc.server.autoconfigure.GrpcServerServices",
            "org.springframework.boot.grpc.server.autoconfigure.health.GrpcServerHealthAuto",
            "org.springframework.boot.http.codec.",
            "org.springframework.boot.jackson.",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAuto",
            "org.springframework.boot.kafka.autoconfigure.KafkaAuto",
            "org.springframework.boot.netty.",
            "org.springframework.boot.reactor.",
            "org.springframework.boot.webflux.autoconfigure.HttpHandler",
            "org.springframework.boot.webflux.autoconfigure.WebFluxAuto",
            "org.springframework.boot.webflux.autoconfigure.error.",
            "org.springframework.cloud.gateway.config.GatewayAuto",
            "org.springframework.cloud.gateway.config.GatewayNoLoadBalancer");

    private Services() {}

    /**
     * One service and how it is started here.
     *
     * @param main its class, with the {@code main} that starts it as a process of its own
     * @param arguments all that sets it apart from that process
     */
    record Service(Class<?> main, Supplier<SpringApplication> application, List<String> arguments) {
        ConfigurableApplicationContext start() {
            SpringApplication service = application.get();
            service.setMainApplicationClass(main);
            AheadOfTime.use(this, service);
            // we stop them ourselves, in order
            service.setRegisterShutdownHook(false);
            service.setLogStartupInfo(false);
            service.setBannerMode(Banner.Mode.OFF);
            if (!main.equals(GatewayApplication.class)) {
                // what it counts is seen in the gateway's metrics, which join the global registry
                service.addInitializers(
                        context -> context.getBeanFactory().registerSingleton("meterRegistry", Metrics.globalRegistry));
            }
            return service.run(arguments.toArray(String[]::new));
        }
    }

    static Service tokenizer(Plan plan) {
        return new Service(
                TokenizerApplication.class,
                TokenizerApplication::create,
                below(TOKENIZER, "tokenizer", Map.of("millrace.models", models(plan))));
    }

    static Service inference(Plan plan, int kafkaPort) {
        return new Service(
                InferenceApplication.class,
                InferenceApplication::create,
                below(
                        INFERENCE,
                        "inference",
                        Map.of(
                                "millrace.models",
                                models(plan),
                                "millrace.inference.sampling",
                                sampling(plan),
                                "millrace.inference.store",
                                plan.home().models().toString(),
                                // once the broker runs
                                "millrace.inference.adapter-events",
                                "false",
                                "spring.kafka.bootstrap-servers",
                                "127.0.0.1:" + kafkaPort,
                                "millrace.inference.grace",
                                "2s")));
    }

    static Service rag(Plan plan, PostgreSql.Address database, int kafkaPort) {
        return new Service(
                RagApplication.class,
                RagApplication::create,
                below(
                        RAG,
                        "rag",
                        withStores(
                                plan,
                                database,
                                kafkaPort,
                                Map.of("millrace.rag.files", plan.home().files().toString()))));
    }

    static Service training(Plan plan, PostgreSql.Address database, int kafkaPort) {
        Map<String, String> properties = Map.of(
                "millrace.training.models",
                models(plan),
                "millrace.training.store",
                plan.home().models().toString(),
                "millrace.training.files",
                plan.home().files().toString(),
                "millrace.tokenizer.address",
                "in-process:" + TOKENIZER);
        return new Service(
                TrainingApplication.class,
                TrainingApplication::create,
                below(TRAINING, "training", withStores(plan, database, kafkaPort, properties)));
    }

    static Service gateway(Plan plan, PostgreSql.Address database, int kafkaPort) {
        Map<String, String> properties = Map.ofEntries(
                Map.entry("spring.main.web-application-type", "reactive"),
                Map.entry("server.address", "127.0.0.1"),
                Map.entry("server.port", Integer.toString(plan.port())),
                Map.entry("spring.grpc.server.address", "127.0.0.1"),
                Map.entry("spring.grpc.server.port", Integer.toString(plan.grpcPort())),
                // health and metrics are for machines that watch processes of their own
                Map.entry("management.server.port", "-1"),
                Map.entry("millrace.tokenizer.address", "in-process:" + TOKENIZER),
                Map.entry("millrace.inference.addresses", "in-process:" + INFERENCE),
                Map.entry("millrace.rag.address", "in-process:" + RAG),
                Map.entry("millrace.training.address", "in-process:" + TRAINING),
                Map.entry("millrace.files.folder", plan.home().files().toString()),
                Map.entry("spring.datasource.url", database.jdbcUrl()),
                Map.entry("spring.datasource.username", database.user()),
                Map.entry("spring.datasource.password", database.password()),
                Map.entry(
                        "millrace.usage.journal",
                        plan.home().folder().resolve("gateway/usage").toString()),
                Map.entry("spring.kafka.bootstrap-servers", "127.0.0.1:" + kafkaPort),
                // settings don't change while it runs
                Map.entry("spring.cloud.refresh.enabled", "false"),
                Map.entry(NeededAutoConfigurations.PROPERTY, NEEDED_BY_THE_GATEWAY),
                // running requests have this long when we stop
                Map.entry("spring.lifecycle.timeout-per-shutdown-phase", "3s"),
                Map.entry("spring.grpc.server.shutdown.grace-period", "3s"));
        return new Service(GatewayApplication.class, GatewayApplication::create, arguments("gateway", properties));
    }

    private static Map<String, String> withStores(
            Plan plan, PostgreSql.Address database, int kafkaPort, Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("millrace.home", plan.home().folder().toString());
        all.put("spring.datasource.url", database.jdbcUrl());
        all.put("spring.datasource.username", database.user());
        all.put("spring.datasource.password", database.password());
        all.put("spring.kafka.bootstrap-servers", "127.0.0.1:" + kafkaPort);
        all.put(NeededAutoConfigurations.PROPERTY, NEEDED_WITH_STORES);
        return all;
    }

    private static List<String> below(String name, String defaults, Map<String, String> properties) {
        Map<String, String> all = new HashMap<>();
        all.put(NeededAutoConfigurations.PROPERTY, NEEDED_BELOW_THE_GATEWAY);
        all.putAll(properties);
        all.put("spring.main.web-application-type", "none");
        all.put("spring.grpc.server.inprocess.name", name);
        all.put("spring.lifecycle.timeout-per-shutdown-phase", "1s");
        all.put("spring.grpc.server.shutdown.grace-period", "1s");
        return arguments(defaults, all);
    }

    private static List<String> arguments(String defaults, Map<String, String> properties) {
        List<String> arguments = new ArrayList<>();
        // its defaults' file; as an argument, since Boot looks for files before it knows a service's own defaults
        arguments.add("--spring.config.name=" + defaults);
        properties.forEach((property, value) -> arguments.add("--" + property + "=" + value));
        return arguments;
    }

    private static String models(Plan plan) {
        return plan.models().stream()
                .map(model -> model.name() + "=" + model.path())
                .collect(Collectors.joining(","));
    }

    private static String sampling(Plan plan) {
        return SamplingList.format(plan.models().stream()
                .filter(model -> !model.sampling().equals(SamplingDefaults.NONE))
                .collect(Collectors.toMap(NamedModel::name, NamedModel::sampling)));
    }
}
