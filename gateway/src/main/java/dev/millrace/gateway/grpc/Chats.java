package dev.millrace.gateway.grpc;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import java.util.List;
import java.util.Set;

/** What chats have in common, whatever they are answered from. */
final class Chats {
    private static final int MAX_CHOICES = 128;
    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");

    private Chats() {}

    /**
     * @throws RefusedException where there are none, or one has a role that there isn't
     */
    static void checkMessages(List<ChatMessage> messages) {
        if (messages.isEmpty()) {
            throw Refusal.invalid("messages", "messages is empty: a chat needs at least one message")
                    .exception();
        }
        for (int i = 0; i < messages.size(); i++) {
            String role = messages.get(i).getRole();
            if (!ROLES.contains(role)) {
                String field = "messages[" + i + "].role";
                throw Refusal.invalid(field, field + " must be system, user, assistant or tool, was \"" + role + "\"")
                        .exception();
            }
        }
    }

    static EncodeChatRequest chat(String model, List<ChatMessage> messages) {
        return EncodeChatRequest.newBuilder()
                .setModel(model)
                .addAllMessages(messages)
                .setAddGenerationPrompt(true)
                .build();
    }

    /**
     * What the engine is asked, but for the prompt.
     *
     * @throws RefusedException where it can't be meant
     */
    static GenerateRequest shape(SamplingParameters sampling, StopConditions stop, int n) {
        if (n < 0 || n > MAX_CHOICES) {
            throw Refusal.invalid("n", "n must be from 1 to " + MAX_CHOICES + ", was " + n)
                    .exception();
        }
        if (stop.hasMaxTokens() && stop.getMaxTokens() < 1) {
            throw Refusal.invalid("stop.max_tokens", "max_tokens must be 1 or more, was " + stop.getMaxTokens())
                    .exception();
        }
        return GenerateRequest.newBuilder()
                .setSampling(sampling)
                .setStop(stop)
                .setN(n)
                .build();
    }
}
