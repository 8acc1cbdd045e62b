package dev.millrace.tokenizer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service as a process of its own. */
@SpringBootApplication
public class TokenizerApplication {
    public static void main(String[] arguments) {
        SpringApplication.run(TokenizerApplication.class, arguments);
    }
}
