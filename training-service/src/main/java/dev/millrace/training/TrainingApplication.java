package dev.millrace.training;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service as a process of its own. */
@SpringBootApplication(proxyBeanMethods = false)
public class TrainingApplication {
    /** The service, not yet started; its defaults are in training.yaml. */
    public static SpringApplication create() {
        SpringApplication application = new SpringApplication(TrainingApplication.class);
        application.setDefaultProperties(Map.of("spring.config.name", "training"));
        return application;
    }

    public static void main(String[] arguments) {
        create().run(arguments);
    }
}
