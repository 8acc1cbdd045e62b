package dev.millrace.tokenizer;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service as a process of its own. */
@SpringBootApplication(proxyBeanMethods = false)
public class TokenizerApplication {
    /** The service, not yet started; its defaults are in tokenizer.yaml. */
    public static SpringApplication create() {
        SpringApplication application = new SpringApplication(TokenizerApplication.class);
        application.setDefaultProperties(Map.of("spring.config.name", "tokenizer"));
        return application;
    }

    public static void main(String[] arguments) {
        create().run(arguments);
    }
}
