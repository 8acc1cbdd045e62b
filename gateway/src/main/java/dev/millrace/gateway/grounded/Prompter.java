package dev.millrace.gateway.grounded;

import dev.millrace.contracts.v1.EncodeChatResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.Encoding;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import reactor.core.publisher.Mono;

/** Makes a prompt of a question and passages that the model's context, and a bound of its own, leave room for. */
final class Prompter {
    /** Kept free for an answer whose length the client left open. */
    private static final int ANSWER_TOKENS = 512;
    /** Kept free beside it for reasoning. */
    private static final int REASONING_TOKENS = 512;
    /** Blank line and all: what joins two sources. */
    private static final int TOKENS_BETWEEN = 2;
    /** No source takes more of the room than this share, so that several find place. */
    private static final int LEAST_SOURCES = 3;
    /** Of English text; a first guess, which counting corrects. */
    private static final int CHARACTERS_PER_TOKEN = 4;

    private final TokenizerClient tokenizer;
    private final int maxSourceTokens;

    Prompter(TokenizerClient tokenizer, int maxSourceTokens) {
        this.tokenizer = tokenizer;
        this.maxSourceTokens = maxSourceTokens;
    }

    /**
     * @param ids what the engine is given
     * @param sources how many of the passages stand in it, the best
     */
    record Prompt(TokenIds ids, int sources) {}

    Mono<Prompt> prompt(Question question, List<Passage> passages, WordMatch words) {
        int context = question.engines().model().contextTokens();
        return encode(question, List.of()).flatMap(bare -> {
            int answer = question.shape().getStop().hasMaxTokens()
                    ? question.shape().getStop().getMaxTokens()
                    : Math.min(answerTokens(question), context / 4);
            int room = Math.min(maxSourceTokens, context - bare.getIdsCount() - answer);
            return room <= 0 ? Mono.error(noRoom(question).exception()) : fitted(question, passages, words, room);
        });
    }

    private static int answerTokens(Question question) {
        return question.manner().stepByStep() ? ANSWER_TOKENS + REASONING_TOKENS : ANSWER_TOKENS;
    }

    private Mono<Prompt> fitted(Question question, List<Passage> passages, WordMatch words, int room) {
        int each = Math.max(1, room / Math.min(LEAST_SOURCES, passages.size()));
        return sized(question, passages, words, each, each * CHARACTERS_PER_TOKEN)
                .flatMap(sized -> {
                    int count = Sources.fitting(sized.tokens(), room);
                    return count == 0
                            ? Mono.error(noRoom(question).exception())
                            : encode(question, sized.sources().subList(0, count))
                                    .map(chat -> prompt(chat, count));
                });
    }

    private record Sized(List<String> sources, List<Integer> tokens) {}

    /** Sources of so many tokens each at most; shortened until the counting agrees. */
    private Mono<Sized> sized(
            Question question, List<Passage> passages, WordMatch words, int mostTokens, int mostCharacters) {
        List<String> sources = Sources.all(passages, words, question.asked(), mostCharacters);
        EncodeRequest request = EncodeRequest.newBuilder()
                .setModel(question.engines().model().name())
                .addAllTexts(sources)
                .build();
        return tokenizer.encode(request).flatMap(answer -> {
            List<Integer> tokens = answer.getEncodingsList().stream()
                    .map(Encoding::getIdsCount)
                    .map(count -> count + TOKENS_BETWEEN)
                    .toList();
            int longest = tokens.stream().mapToInt(Integer::intValue).max().orElse(0);
            int shorter = mostCharacters / 2;
            return longest <= mostTokens || shorter == 0
                    ? Mono.just(new Sized(sources, tokens))
                    : sized(question, passages, words, mostTokens, shorter);
        });
    }

    private Mono<EncodeChatResponse> encode(Question question, List<String> sources) {
        return tokenizer.encodeChat(question.chatWith(
                Sources.message(sources, question.asked(), question.manner().stepByStep())));
    }

    private static Refusal noRoom(Question question) {
        return Refusal.of(
                        Refusal.Kind.INVALID,
                        "context_length_exceeded",
                        "this model's maximum context length is "
                                + question.engines().model().contextTokens()
                                + " tokens, and the conversation and its answer leave no room for a source: shorten the"
                                + " conversation, or ask for fewer tokens")
                .at(question.promptField());
    }

    private static Prompt prompt(EncodeChatResponse chat, int sources) {
        return new Prompt(TokenIds.newBuilder().addAllIds(chat.getIdsList()).build(), sources);
    }
}
