package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.gateway.generation.Aside;
import dev.millrace.gateway.request.RefusedException;
import java.util.List;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * Has the model make a question that stands by itself of the last one of a conversation. It is looked for beside what was
 * asked, so that a small model's mistake costs little; what it takes is counted as a request of its own.
 */
final class QueryRewriter {
    private static final int MOST_TOKENS = 64;
    /** Of what was said before, the last. */
    private static final int MOST_MESSAGES = 4;

    private static final int MOST_CHARACTERS = 1_000;

    private final Aside aside;

    QueryRewriter(Aside aside) {
        this.aside = aside;
    }

    /** The question as it was asked, and behind it the model's, where there is one. */
    Mono<List<String>> queries(Question question) {
        List<String> asked = List.of(question.asked());
        List<ChatMessage> before = before(question);
        if (!question.search().rewriteQuery() || before.isEmpty()) {
            return Mono.just(asked);
        }
        return aside.line(
                        question.context(),
                        "query",
                        question.engines(),
                        question.promptField(),
                        prompt(question, before),
                        MOST_TOKENS,
                        question.shape().getCacheSalt())
                .map(rewritten -> rewritten.isEmpty() || rewritten.equals(question.asked())
                        ? asked
                        : List.of(question.asked(), rewritten))
                // a model that is full is no reason not to search
                .onErrorReturn(RefusedException.class, asked);
    }

    private static List<ChatMessage> before(Question question) {
        List<ChatMessage> said = question.chat().getMessagesList().stream()
                .filter(message -> !message.getRole().equals("system"))
                .toList();
        return said.subList(Math.max(0, said.size() - 1 - MOST_MESSAGES), said.size() - 1);
    }

    private static EncodeChatRequest prompt(Question question, List<ChatMessage> before) {
        String conversation = before.stream()
                .map(message -> message.getRole() + ": " + cut(Question.text(message)))
                .collect(Collectors.joining("\n"));
        String wish = "Rewrite the last question so that it can be understood without the conversation before it. Write"
                + " only the question.\n\nConversation:\n" + conversation + "\n\nLast question: " + question.asked();
        return question.chat().toBuilder()
                .clearMessages()
                .addMessages(ChatMessage.newBuilder()
                        .setRole("user")
                        .addContent(ContentPart.newBuilder().setText(wish)))
                .build();
    }

    private static String cut(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
    }
}
