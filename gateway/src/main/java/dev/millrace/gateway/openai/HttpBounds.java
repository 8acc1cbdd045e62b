package dev.millrace.gateway.openai;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What the HTTP door bears, under {@code millrace.http}.
 *
 * @param maxBody of one request
 * @param maxHeaders of one request, all together
 * @param maxRequests that are on their way at one time; one more is told to try again
 * @param headerTimeout for a request's first line and headers
 * @param bodyTimeout for a request's body
 * @param idleTimeout of a connection between two requests
 * @param writeTimeout for a client to take what was sent
 * @param corsOrigins of web pages that may call the gateway, such as {@code https://chat.example.org}
 */
@ConfigurationProperties("millrace.http")
public record HttpBounds(
        @DefaultValue("8MB") DataSize maxBody,
        @DefaultValue("32KB") DataSize maxHeaders,
        @DefaultValue("1024") int maxRequests,
        @DefaultValue("10s") Duration headerTimeout,
        @DefaultValue("30s") Duration bodyTimeout,
        @DefaultValue("75s") Duration idleTimeout,
        @DefaultValue("30s") Duration writeTimeout,
        @DefaultValue List<String> corsOrigins) {}
