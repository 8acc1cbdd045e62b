package dev.millrace.gateway.grpc;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the gRPC door bears, under {@code millrace.grpc}.
 *
 * @param writeTimeout for a client to take what was sent
 */
@ConfigurationProperties("millrace.grpc")
public record GrpcBounds(@DefaultValue("30s") Duration writeTimeout) {}
