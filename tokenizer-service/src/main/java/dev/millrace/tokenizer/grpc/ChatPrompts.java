package dev.millrace.tokenizer.grpc;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.tokenizer.chat.Chat;
import dev.millrace.tokenizer.chat.ChatEncoder;
import dev.millrace.tokenizer.chat.ChatEncoding;
import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The chats of tokenizer.proto as prompts. A model's template is read when its first chat comes. */
final class ChatPrompts {
    private final Map<ModelTokenizer, ChatEncoder> encoders = new ConcurrentHashMap<>();
    private final Clock clock;

    ChatPrompts(Clock clock) {
        this.clock = clock;
    }

    ChatEncoding.Prompt prompt(ModelTokenizer tokenizer, EncodeChatRequest request) {
        ChatEncoder encoder = encoders.computeIfAbsent(tokenizer, loaded -> new ChatEncoder(loaded, clock));
        return switch (encoder.encode(chat(request))) {
            case ChatEncoding.Prompt prompt -> prompt;
            case ChatEncoding.Refused refused -> throw Errors.refused(refused);
        };
    }

    /** The assistant's words in the prompt of a request that {@link #prompt} takes. */
    List<ChatEncoder.TokenRange> generated(ModelTokenizer tokenizer, EncodeChatRequest request) {
        return encoders.computeIfAbsent(tokenizer, loaded -> new ChatEncoder(loaded, clock))
                .generated(chat(request));
    }

    private static Chat chat(EncodeChatRequest request) {
        try {
            List<Chat.Message> messages = new ArrayList<>(request.getMessagesCount());
            request.getMessagesList().forEach(message -> messages.add(message(message)));
            return new Chat(
                    messages,
                    request.getToolsJsonList(),
                    request.getTemplateVariablesJson(),
                    request.getAddGenerationPrompt(),
                    request.getContinueFinalMessage());
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue("messages", String.valueOf(e.getMessage()));
        }
    }

    private static Chat.Message message(ChatMessage message) {
        List<String> texts = new ArrayList<>(message.getContentCount());
        message.getContentList().forEach(part -> texts.add(part.getText()));
        List<Chat.ToolCall> calls = message.getToolCallsList().stream()
                .map(call -> new Chat.ToolCall(call.getId(), call.getName(), call.getArgumentsJson()))
                .toList();
        return new Chat.Message(
                message.getRole(),
                texts,
                calls,
                present(message.getToolCallId()),
                present(message.getName()),
                present(message.getReasoningContent()));
    }

    private static Optional<String> present(String field) {
        return field.isEmpty() ? Optional.empty() : Optional.of(field);
    }
}
