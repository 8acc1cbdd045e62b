package dev.millrace.standalone.launch;

import dev.millrace.gateway.GatewayApplication;
import dev.millrace.inference.InferenceApplication;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.models.SamplingList;
import dev.millrace.tokenizer.TokenizerApplication;
import io.micrometer.core.instrument.Metrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The platform's services, each a Spring context of its own in this process. Between them gRPC without sockets; to the
 * outside only the gateway's ports.
 */
final class Services {
    static final String TOKENIZER = "millrace-tokenizer";
    static final String INFERENCE = "millrace-inference";

    /** Below the gateway a service is gRPC and its own beans. */
    private static final String NEEDED_BELOW_THE_GATEWAY = String.join(
            ",",
            "org.springframework.boot.autoconfigure.context.",
            "org.springframework.boot.grpc.server.autoconfigure.GrpcServer");

    private Services() {}

    static ConfigurableApplicationContext tokenizer(Plan plan) {
        return start(
                TokenizerApplication.create(),
                "tokenizer",
                WebApplicationType.NONE,
                below(TOKENIZER, Map.of("millrace.models", models(plan))));
    }

    static ConfigurableApplicationContext inference(Plan plan) {
        return start(
                InferenceApplication.create(),
                "inference",
                WebApplicationType.NONE,
                below(
                        INFERENCE,
                        Map.of(
                                "millrace.models",
                                models(plan),
                                "millrace.inference.sampling",
                                sampling(plan),
                                "millrace.inference.grace",
                                "2s")));
    }

    static ConfigurableApplicationContext gateway(Plan plan, PostgreSql.Address database, int kafkaPort) {
        Map<String, String> properties = Map.ofEntries(
                Map.entry("server.address", "127.0.0.1"),
                Map.entry("server.port", Integer.toString(plan.port())),
                Map.entry("spring.grpc.server.address", "127.0.0.1"),
                Map.entry("spring.grpc.server.port", Integer.toString(plan.grpcPort())),
                // health and metrics are for machines: in one process, any free port
                Map.entry("management.server.address", "127.0.0.1"),
                Map.entry("management.server.port", "0"),
                Map.entry("millrace.tokenizer.address", "in-process:" + TOKENIZER),
                Map.entry("millrace.inference.addresses", "in-process:" + INFERENCE),
                Map.entry("spring.datasource.url", database.jdbcUrl()),
                Map.entry("spring.datasource.username", database.user()),
                Map.entry("spring.datasource.password", database.password()),
                Map.entry(
                        "millrace.usage.journal",
                        plan.home().folder().resolve("gateway/usage").toString()),
                Map.entry("spring.kafka.bootstrap-servers", "127.0.0.1:" + kafkaPort),
                // running requests have this long when we stop
                Map.entry("spring.lifecycle.timeout-per-shutdown-phase", "3s"),
                Map.entry("spring.grpc.server.shutdown.grace-period", "3s"));
        return start(GatewayApplication.create(), "gateway", WebApplicationType.REACTIVE, properties);
    }

    private static Map<String, String> below(String name, Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("spring.grpc.server.inprocess.name", name);
        all.put(NeededAutoConfigurations.PROPERTY, NEEDED_BELOW_THE_GATEWAY);
        all.put("spring.lifecycle.timeout-per-shutdown-phase", "1s");
        all.put("spring.grpc.server.shutdown.grace-period", "1s");
        return all;
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

    private static ConfigurableApplicationContext start(
            SpringApplication application, String name, WebApplicationType type, Map<String, String> properties) {
        application.setWebApplicationType(type);
        // we stop them ourselves, in order
        application.setRegisterShutdownHook(false);
        application.setLogStartupInfo(false);
        application.setBannerMode(Banner.Mode.OFF);
        if (type == WebApplicationType.NONE) {
            // what a service below the gateway counts is seen in the gateway's metrics, which join the global registry
            application.addInitializers(
                    context -> context.getBeanFactory().registerSingleton("meterRegistry", Metrics.globalRegistry));
        }
        List<String> arguments = new ArrayList<>();
        // its defaults' file; as an argument, since Boot looks for files before it knows a service's own defaults
        arguments.add("--spring.config.name=" + name);
        properties.forEach((property, value) -> arguments.add("--" + property + "=" + value));
        return application.run(arguments.toArray(String[]::new));
    }
}
