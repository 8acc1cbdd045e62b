package dev.millrace.gateway;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/** Starts the service as a process of its own. */
@SpringBootConfiguration
@EnableAutoConfiguration
@Import({GatewayConfiguration.class, StoresConfiguration.class})
public class GatewayApplication {
    /** The service, not yet started. */
    public static SpringApplication create() {
        return create(GatewayApplication.class);
    }

    static SpringApplication create(Class<?> source) {
        SpringApplication application = new SpringApplication(source);
        // a name of its own: beside other services in one process, each must find its own defaults
        application.setDefaultProperties(Map.of("spring.config.name", "gateway"));
        return application;
    }

    public static void main(String[] arguments) {
        create().run(arguments);
    }
}
