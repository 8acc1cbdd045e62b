package dev.millrace.standalone.launch;

import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.StatsRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the inference service says of its models. */
public final class ModelStates implements AutoCloseable {
    private final ManagedChannel channel =
            InProcessChannelBuilder.forName(Services.INFERENCE).build();

    /**
     * @param state "loading", "ready" or "failed"
     * @param reason why it failed, or empty
     */
    public record ModelState(
            String name,
            String state,
            String reason,
            String architecture,
            String quantization,
            int contextTokens,
            boolean chats) {
        public boolean isReady() {
            return state.equals("ready");
        }
    }

    /** Empty while the service isn't up. */
    public List<ModelState> all() {
        try {
            return stub().models(ModelsRequest.getDefaultInstance()).getModelsList().stream()
                    .map(ModelStates::state)
                    .toList();
        } catch (StatusRuntimeException e) {
            return List.of();
        }
    }

    /** The kernels that were chosen, in the service's words. */
    public Optional<String> kernels() {
        try {
            return Optional.of(stub().stats(StatsRequest.getDefaultInstance()).getKernels());
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    private InferenceGrpc.InferenceBlockingStub stub() {
        return InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.SECONDS);
    }

    private static ModelState state(ModelInfo info) {
        return new ModelState(
                info.getName(),
                info.getState().name().replace("MODEL_STATE_", "").toLowerCase(Locale.ROOT),
                info.getReason(),
                info.getArchitecture(),
                info.getQuantization(),
                info.getContextTokens(),
                info.getHasChatTemplate());
    }
}
