package dev.millrace.rag;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/** Starts the service as a process of its own. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(RagConfiguration.class)
public class RagApplication {
    /** The service, not yet started; its defaults are in rag.yaml. */
    public static SpringApplication create() {
        SpringApplication application = new SpringApplication(RagApplication.class);
        application.setDefaultProperties(Map.of("spring.config.name", "rag"));
        return application;
    }

    public static void main(String[] arguments) {
        create().run(arguments);
    }
}
