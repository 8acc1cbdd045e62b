package dev.millrace.standalone.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/**
 * What the build wrote down.
 *
 * @param version ours
 * @param postgres version of PostgreSQL's programs
 */
public record Build(String version, String postgres) {
    public static Build current() {
        Properties properties = new Properties();
        try (InputStream in = Objects.requireNonNull(
                Build.class.getResourceAsStream("/millrace.properties"), "millrace.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Build(
                Objects.requireNonNull(properties.getProperty("version")),
                Objects.requireNonNull(properties.getProperty("postgres")));
    }
}
