package dev.millrace.gateway.events;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.millrace.contracts.v1.UsageRecorded;
import dev.millrace.gateway.usage.RequestUsage;
import java.time.Duration;
import java.time.Instant;

/** The topic of usage records, and how one looks on it. */
public final class UsageEvents {
    public static final String TOPIC = "millrace.usage.v1";

    private UsageEvents() {}

    /** A record as it lies in the journal and goes over the topic. */
    public static byte[] bytes(RequestUsage usage) {
        return UsageRecorded.newBuilder()
                .setRequestId(usage.requestId())
                .setKeyId(usage.keyId())
                .setModel(usage.model())
                .setEndpoint(usage.endpoint())
                .setPromptTokens(usage.promptTokens())
                .setCompletionTokens(usage.completionTokens())
                .setCachedTokens(usage.cachedTokens())
                .setStatus(usage.status())
                .setStartedAtMillis(usage.startedAt().toEpochMilli())
                .setDurationMillis(usage.duration().toMillis())
                .setStreamed(usage.streamed())
                .build()
                .toByteArray();
    }

    static RequestUsage usage(byte[] bytes) throws InvalidProtocolBufferException {
        UsageRecorded event = UsageRecorded.parseFrom(bytes);
        return new RequestUsage(
                event.getRequestId(),
                event.getKeyId(),
                event.getModel(),
                event.getEndpoint(),
                event.getPromptTokens(),
                event.getCompletionTokens(),
                event.getCachedTokens(),
                event.getStatus(),
                Instant.ofEpochMilli(event.getStartedAtMillis()),
                Duration.ofMillis(event.getDurationMillis()),
                event.getStreamed());
    }
}
