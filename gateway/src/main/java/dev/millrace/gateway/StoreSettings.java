package dev.millrace.gateway;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where usage waits until Kafka has it, under {@code millrace.usage}.
 *
 * @param journal a folder that this gateway alone uses, on a disk that outlives it
 */
@ConfigurationProperties("millrace.usage")
record StoreSettings(Path journal) {}
