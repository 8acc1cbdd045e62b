package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.TokenLogprob;
import dev.millrace.gateway.generation.Aside;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import reactor.core.publisher.Mono;

/**
 * The language model's word on a sentence: how much likelier Yes is than No as the first word of its answer. What it says
 * is no measure, for small models lean to one of the two, whatever they read; how likely it is to say it is one.
 */
final class ModelJudge {
    private final Aside aside;

    ModelJudge(Aside aside) {
        this.aside = aside;
    }

    /**
     * @param number of the sentence among those of the answer: usage counts each question once
     * @return from 0 to 1; absent where neither word is among the likeliest
     */
    Mono<OptionalDouble> supports(Question question, int number, String premise, String sentence) {
        EncodeChatRequest chat = question.chat().toBuilder()
                .clearMessages()
                .addMessages(ChatMessage.newBuilder()
                        .setRole("user")
                        .addContent(ContentPart.newBuilder().setText(prompt(premise, sentence))))
                .build();
        return aside.firstToken(
                        question.context(),
                        "judge-" + number,
                        question.engines(),
                        question.promptField(),
                        chat,
                        question.shape().getCacheSalt())
                .map(ModelJudge::yes);
    }

    static String prompt(String premise, String sentence) {
        return "Source:\n" + premise + "\n\nStatement:\n" + sentence
                + "\n\nIs the statement fully supported by the source? Answer only Yes or No.";
    }

    /** The share of Yes of what Yes and No have together, whatever their case and the white space before them. */
    static OptionalDouble yes(List<TokenLogprob> likeliest) {
        double yes = 0;
        double no = 0;
        for (TokenLogprob token : likeliest) {
            switch (token.getToken().toStringUtf8().strip().toLowerCase(Locale.ROOT)) {
                case "yes" -> yes += Math.exp(token.getLogprob());
                case "no" -> no += Math.exp(token.getLogprob());
                default -> {}
            }
        }
        return yes + no > 0 ? OptionalDouble.of(yes / (yes + no)) : OptionalDouble.empty();
    }
}
