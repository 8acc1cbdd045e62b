package dev.millrace.gateway;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the services behind the gateway are, under {@code millrace}.
 */
@ConfigurationProperties("millrace")
record GatewaySettings(
        @DefaultValue Tokenizer tokenizer,
        @DefaultValue Inference inference,
        @DefaultValue Rag rag,
        @DefaultValue Training training) {
    /**
     * @param address {@code in-process:NAME} or {@code HOST:PORT}
     */
    record Tokenizer(@DefaultValue("localhost:9091") String address) {}

    /**
     * @param address written as the tokenizer's
     */
    record Rag(@DefaultValue("localhost:9094") String address) {}

    /**
     * @param address written as the tokenizer's
     */
    record Training(@DefaultValue("localhost:9096") String address) {}

    /**
     * @param addresses one for each replica, written as the tokenizer's
     * @param interval between two looks at what a replica serves
     * @param maxWaitingEvents of one answer, events that wait for a slow reader; one more ends the answer
     */
    record Inference(
            @DefaultValue("localhost:9093") List<String> addresses,
            @DefaultValue("1s") Duration interval,
            @DefaultValue("4096") int maxWaitingEvents) {}
}
