package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Job;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
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

    private final TokenizerClient tokenizer;
    private final Generator generator;

    QueryRewriter(TokenizerClient tokenizer, Generator generator) {
        this.tokenizer = tokenizer;
        this.generator = generator;
    }

    /** The question as it was asked, and behind it the model's, where there is one. */
    Mono<List<String>> queries(Question question) {
        List<String> asked = List.of(question.asked());
        List<ChatMessage> before = before(question);
        if (!question.search().rewriteQuery() || before.isEmpty()) {
            return Mono.just(asked);
        }
        return tokenizer
                .encodeChat(prompt(question, before))
                .map(prompt -> job(
                        question,
                        TokenIds.newBuilder().addAllIds(prompt.getIdsList()).build()))
                .flatMapMany(job -> generator.generate(job, _ -> {}))
                .filter(generated -> generated.event().getEventCase() == GenerateEvent.EventCase.DELTA)
                .map(generated -> generated.event().getDelta().getText())
                .collect(Collectors.joining())
                .map(text -> text.strip().lines().findFirst().map(String::strip).orElse(""))
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

    private static Job job(Question question, TokenIds prompt) {
        RequestContext context = question.context();
        // usage counts each id once
        RequestContext own =
                new RequestContext(context.id() + "-query", context.caller(), context.endpoint(), context.startedAt());
        GenerateRequest shape = GenerateRequest.newBuilder()
                .setSampling(SamplingParameters.newBuilder().setTemperature(0))
                .setStop(StopConditions.newBuilder().setMaxTokens(MOST_TOKENS).addStrings("\n"))
                .setN(1)
                .setCacheSalt(question.shape().getCacheSalt())
                .build();
        return new Job(own, question.engines(), question.promptField(), List.of(prompt), shape, false);
    }
}
