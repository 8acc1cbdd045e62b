package dev.millrace.gateway;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Where files lie that users send, under {@code millrace.files}.
 *
 * @param folder of all gateways, and of the services that read files
 * @param maxSize of one file
 * @param keepFree what must stay free on the folder's disk
 */
@ConfigurationProperties("millrace.files")
record FileSettings(
        Path folder,
        @DefaultValue("512MB") DataSize maxSize,
        @DefaultValue("256MB") DataSize keepFree) {}
