package dev.millrace.inference;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service as a process of its own. */
@SpringBootApplication(proxyBeanMethods = false)
public class InferenceApplication {
    /** The service, not yet started; its defaults are in inference.yaml. */
    public static SpringApplication create() {
        SpringApplication application = new SpringApplication(InferenceApplication.class);
        application.setDefaultProperties(Map.of("spring.config.name", "inference"));
        return application;
    }

    public static void main(String[] arguments) {
        create().run(arguments);
    }
}
