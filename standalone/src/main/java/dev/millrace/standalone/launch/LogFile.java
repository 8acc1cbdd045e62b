package dev.millrace.standalone.launch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;
import java.util.Map;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Sends every log line to the file that the property {@code millrace.log} names; the console is for people. Found by
 * Logback through its service file; in code, since reading XML would cost a tenth of a second at each start.
 */
public final class LogFile extends ContextAwareBase implements Configurator {
    private static final String PROPERTY = "millrace.log";

    private static final Map<String, Level> LEVELS = Map.ofEntries(
            Map.entry("dev.millrace", Level.INFO),
            Map.entry("kafka", Level.WARN),
            Map.entry("state.change.logger", Level.WARN),
            Map.entry("org.apache.kafka", Level.WARN),
            // a broker that isn't there yet is reported once, by what needs it
            Map.entry("org.apache.kafka.clients", Level.ERROR),
            Map.entry("org.hibernate.validator", Level.ERROR),
            // it tells of its native library at every start
            Map.entry("ai.djl", Level.WARN),
            Map.entry("org.springframework", Level.WARN),
            Map.entry("org.flywaydb", Level.WARN),
            Map.entry("com.zaxxer.hikari", Level.WARN),
            Map.entry("io.netty", Level.WARN),
            Map.entry("io.grpc", Level.WARN));

    /** Says where to; must come before the first logger is made, {@link Server}'s among them. Spring Boot then leaves logging alone in every service. */
    public static void use(Home home) {
        System.setProperty(PROPERTY, home.log().toString());
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        // gRPC, and what logs by the JDK's own means
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) ->
                LoggerFactory.getLogger(LogFile.class).error("thread {} ended", thread.getName(), thrown));
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String file = System.getProperty(PROPERTY);
        if (file == null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{30} %msg%n");
        encoder.start();

        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setContext(context);
        appender.setFile(file);
        appender.setEncoder(encoder);
        FixedWindowRollingPolicy older = new FixedWindowRollingPolicy();
        older.setContext(context);
        older.setParent(appender);
        older.setFileNamePattern(file + ".%i");
        older.setMinIndex(1);
        older.setMaxIndex(3);
        older.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(FileSize.valueOf("20MB"));
        size.start();
        appender.setRollingPolicy(older);
        appender.setTriggeringPolicy(size);
        appender.start();

        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(appender);
        LEVELS.forEach((name, level) -> context.getLogger(name).setLevel(level));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
