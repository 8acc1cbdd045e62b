package dev.millrace.standalone.services;

import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.ModelStats;
import dev.millrace.contracts.v1.StatsRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;

/** An inference service and what it tells of its one model. */
record Replica(ServiceProcess process, ManagedChannel channel) implements AutoCloseable {
    Replica(ServiceProcess process, int port) {
        this(
                process,
                Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
                        .build());
    }

    ModelStats stats() {
        return InferenceGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .stats(StatsRequest.getDefaultInstance())
                .getModels(0);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        process.close();
    }
}
