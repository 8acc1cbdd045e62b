package dev.millrace.training.grpc;

import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** One channel for each address, opened when it is first needed, closed with this. */
public final class Channels implements AutoCloseable {
    private static final String IN_PROCESS = "in-process:";
    /** A long text's tokens are far larger than gRPC's default of 4 MiB. */
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private static final int CLOSE_SECONDS = 2;

    private final Map<String, ManagedChannel> open = new ConcurrentHashMap<>();

    /**
     * @param address {@code in-process:NAME} or {@code HOST:PORT}
     */
    public Channel to(String address) {
        return open.computeIfAbsent(address, Channels::connect);
    }

    private static ManagedChannel connect(String address) {
        ManagedChannelBuilder<?> builder = address.startsWith(IN_PROCESS)
                ? InProcessChannelBuilder.forName(address.substring(IN_PROCESS.length()))
                : Grpc.newChannelBuilder(address, InsecureChannelCredentials.create());
        return builder.maxInboundMessageSize(MAX_MESSAGE_BYTES).build();
    }

    @Override
    public void close() {
        open.values().forEach(ManagedChannel::shutdown);
        for (ManagedChannel channel : open.values()) {
            try {
                if (!channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                    channel.shutdownNow();
                }
            } catch (InterruptedException _) {
                channel.shutdownNow();
                Thread.currentThread().interrupt();
            }
        }
    }
}
