package dev.millrace.gateway;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Answers that are kept, under {@code millrace.responses}.
 *
 * @param keep how long
 */
@ConfigurationProperties("millrace.responses")
record ResponseSettings(@DefaultValue("30d") Duration keep) {}
