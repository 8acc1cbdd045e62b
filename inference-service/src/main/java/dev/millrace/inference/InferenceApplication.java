package dev.millrace.inference;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service as a process of its own. */
@SpringBootApplication
public class InferenceApplication {
    public static void main(String[] arguments) {
        SpringApplication.run(InferenceApplication.class, arguments);
    }
}
