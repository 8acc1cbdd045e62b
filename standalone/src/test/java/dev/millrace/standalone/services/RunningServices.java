package dev.millrace.standalone.services;

import dev.millrace.contracts.v1.ModelStats;
import dev.millrace.gateway.keys.Secret;
import dev.millrace.standalone.Api;
import dev.millrace.standalone.Eventually;
import dev.millrace.standalone.TestModels;
import dev.millrace.standalone.TestPlatform;
import dev.millrace.standalone.launch.TestStores;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The services' jars, started as the README says, each a process of its own: a tokenizer, two replicas of the engine and a
 * gateway, with a real PostgreSQL and a real Kafka broker.
 */
final class RunningServices {
    private static final String MODEL = "smollm2-135m";

    final TestStores stores;
    final List<Replica> replicas = new ArrayList<>();
    /** All of the services, the gateway last. */
    final List<ServiceProcess> processes = new ArrayList<>();
    /** To the gateway. */
    final ManagedChannel grpc;

    private final Path folder;
    private final String adminKey = Secret.draw(new SecureRandom()).reveal();
    private final int port = TestPlatform.freePort();

    RunningServices(Path folder) throws Exception {
        this.folder = folder;
        this.stores = new TestStores(folder.resolve("stores"));
        int tokenizerPort = TestPlatform.freePort();
        start("tokenizer", "tokenizer-service", tokenizerPort, Map.of());
        List<String> addresses = new ArrayList<>();
        for (String name : List.of("inference-1", "inference-2")) {
            int replicaPort = TestPlatform.freePort();
            addresses.add("127.0.0.1:" + replicaPort);
            // the two share a machine
            Map<String, String> share =
                    Map.of("MILLRACE_INFERENCE_THREADS", "1", "MILLRACE_INFERENCE_CACHE_SIZE", "200MB");
            replicas.add(new Replica(start(name, "inference-service", replicaPort, share), replicaPort));
        }
        Map<String, String> environment = new HashMap<>(stores.environment());
        environment.put("MILLRACE_TOKENIZER_ADDRESS", "127.0.0.1:" + tokenizerPort);
        environment.put("MILLRACE_INFERENCE_ADDRESSES", String.join(",", addresses));
        environment.put("SERVER_PORT", Integer.toString(port));
        environment.put("MILLRACE_ADMIN_KEY", adminKey);
        int grpcPort = TestPlatform.freePort();
        start("gateway", "gateway", grpcPort, environment);
        this.grpc = Grpc.newChannelBuilder("127.0.0.1:" + grpcPort, InsecureChannelCredentials.create())
                .build();
        stores.start();
        for (ServiceProcess process : processes) {
            process.awaitReady();
        }
    }

    private ServiceProcess start(String name, String module, int grpcPort, Map<String, String> settings)
            throws IOException {
        int managementPort = TestPlatform.freePort();
        Map<String, String> environment = new HashMap<>();
        environment.put("MILLRACE_HOME", folder.resolve("home").toString());
        environment.put("MILLRACE_MODELS", MODEL + "=" + TestModels.path(MODEL));
        environment.put("JDK_JAVA_OPTIONS", "--enable-native-access=ALL-UNNAMED -Xmx400m -Duser.home=" + userHome());
        environment.put("SERVER_ADDRESS", "127.0.0.1");
        environment.put("SERVER_PORT", Integer.toString(managementPort));
        environment.put("SPRING_GRPC_SERVER_ADDRESS", "127.0.0.1");
        environment.put("SPRING_GRPC_SERVER_PORT", Integer.toString(grpcPort));
        environment.put("MANAGEMENT_SERVER_PORT", Integer.toString(managementPort));
        environment.putAll(settings);
        ServiceProcess process = new ServiceProcess(
                name, module, managementPort, Files.createDirectories(folder.resolve("work")), environment);
        processes.add(process);
        return process;
    }

    /** Where nothing must be written. */
    Path userHome() throws IOException {
        return Files.createDirectories(folder.resolve("user"));
    }

    ServiceProcess gateway() {
        return processes.getLast();
    }

    /** A new key, made with the administrator's, which is a key as soon as the gateway has made its tables. */
    Api.Key key(String name) throws Exception {
        Api operator = new Api("http://127.0.0.1:" + port, adminKey, MODEL);
        return Eventually.get("a key", () -> operator.newKey(name), Optional::isPresent)
                .orElseThrow();
    }

    /** What talks to the gateway with this key, once it serves the model. */
    Api api(Api.Key key) throws Exception {
        Api api = new Api("http://127.0.0.1:" + port, key.secret(), MODEL);
        Eventually.get(
                "a served model", () -> api.send(api.body("Hi", 1)).join(), answer -> answer.statusCode() == 200);
        return api;
    }

    List<ModelStats> stats() {
        return replicas.stream().map(Replica::stats).toList();
    }

    void stop() throws Exception {
        grpc.shutdownNow();
        replicas.forEach(Replica::close);
        processes.forEach(ServiceProcess::close);
        stores.stop();
    }
}
