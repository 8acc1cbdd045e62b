package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import java.util.stream.Collectors;

/**
 * A chat whose last message is to be answered from documents.
 *
 * @param promptField the request's field that the chat came in, for messages
 * @param chat the conversation; the last message is the user's
 * @param shape what the engine is asked, but for the prompt: one choice
 */
public record Question(
        RequestContext context,
        Route.Engines engines,
        String promptField,
        EncodeChatRequest chat,
        GenerateRequest shape,
        boolean streamed,
        FileSearch search,
        Manner manner) {
    /** What rag-service takes of one question. */
    private static final int MOST_CHARACTERS = 20_000;
    /** Of an earlier question: what it is about is said at its beginning. */
    private static final int MOST_BEFORE = 500;

    /**
     * @throws RefusedException where the last message can't be a question
     */
    public Question {
        String asked = text(last(chat));
        if (!last(chat).getRole().equals("user") || asked.isBlank()) {
            throw Refusal.invalid(
                            promptField,
                            "the last message is the question: it must be the user's and have text; its role was "
                                    + last(chat).getRole())
                    .exception();
        }
        if (asked.length() > MOST_CHARACTERS) {
            throw Refusal.invalid(
                            promptField,
                            "a question over documents has " + MOST_CHARACTERS + " characters at most, this one has "
                                    + asked.length())
                    .exception();
        }
    }

    private static ChatMessage last(EncodeChatRequest chat) {
        return chat.getMessages(chat.getMessagesCount() - 1);
    }

    static String text(ChatMessage message) {
        return message.getContentList().stream().map(ContentPart::getText).collect(Collectors.joining("\n"));
    }

    /** The words of the user's last message. */
    String asked() {
        return text(last(chat));
    }

    /** The words of the user's message before it, as far as a search takes them; empty where it is the first. */
    String askedBefore() {
        String before = chat.getMessagesList().subList(0, chat.getMessagesCount() - 1).stream()
                .filter(message -> message.getRole().equals("user"))
                .reduce((_, later) -> later)
                .map(Question::text)
                .orElse("");
        return before.length() <= MOST_BEFORE ? before : before.substring(0, MOST_BEFORE);
    }

    /** The same conversation with other words as its last message. */
    EncodeChatRequest chatWith(String lastMessage) {
        return chat.toBuilder()
                .setMessages(
                        chat.getMessagesCount() - 1,
                        last(chat).toBuilder()
                                .clearContent()
                                .addContent(ContentPart.newBuilder().setText(lastMessage)))
                .build();
    }
}
