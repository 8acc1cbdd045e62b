package dev.millrace.standalone.launch;

import java.util.List;

/**
 * What to start.
 *
 * @param port of the gateway's HTTP surface
 * @param grpcPort of its gRPC surface
 * @param models at least one
 */
public record Plan(Home home, int port, int grpcPort, List<NamedModel> models) {
    public Plan {
        checkPort("port", port);
        checkPort("grpc-port", grpcPort);
        if (port == grpcPort) {
            throw new IllegalArgumentException("--port and --grpc-port must differ, both were " + port);
        }
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new IllegalArgumentException("at least one model is needed");
        }
    }

    private static void checkPort(String name, int port) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("--" + name + " must be 1 to 65535, was " + port);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public String grpc() {
        return "127.0.0.1:" + grpcPort;
    }
}
