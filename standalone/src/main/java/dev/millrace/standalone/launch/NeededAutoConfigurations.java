package dev.millrace.standalone.launch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Lets a context have only those of Spring Boot's auto-configurations that its service uses. All services share one
 * class path here, and Boot would otherwise give each of them the gateway's database, broker and web server. Found by
 * its line in META-INF/spring.factories.
 */
final class NeededAutoConfigurations implements AutoConfigurationImportFilter, EnvironmentAware {
    /** Comma list of what the wanted classes' names begin with; absent for all. */
    static final String PROPERTY = "millrace.auto-configurations";

    private static final String GRPC_OVER_SOCKETS =
            "org.springframework.boot.grpc.server.autoconfigure.NettyGrpcServerConfiguration";

    private List<String> wanted = List.of("");

    @Override
    public void setEnvironment(Environment environment) {
        wanted = List.of(environment.getProperty(PROPERTY, "").split(",", -1));
    }

    @Override
    public boolean[] match(@Nullable String[] classes, AutoConfigurationMetadata metadata) {
        boolean[] keep = new boolean[classes.length];
        for (int i = 0; i < classes.length; i++) {
            String name = classes[i];
            keep[i] = name != null && isNeeded(name);
        }
        return keep;
    }

    private boolean isNeeded(String name) {
        if (wanted.contains("")) {
            return true;
        }
        // Boot asks about the parts of an auto-configuration too: those come with the whole, but for the socket that
        // a service without one doesn't open
        return name.endsWith("AutoConfiguration")
                ? wanted.stream().anyMatch(name::startsWith)
                : !name.equals(GRPC_OVER_SOCKETS);
    }
}
