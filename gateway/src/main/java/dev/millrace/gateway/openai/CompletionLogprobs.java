package dev.millrace.gateway.openai;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.TokenLogprob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** OpenAI's {@code logprobs} of a completion's choice. The first token of a prompt has none. */
record CompletionLogprobs(
        List<String> tokens,
        List<Optional<Float>> tokenLogprobs,
        List<Optional<Map<String, Float>>> topLogprobs,
        List<Integer> textOffset) {
    /** Reads one choice's tokens in order, and knows where in its text each stands. */
    static final class Reader {
        private int characters;

        CompletionLogprobs read(List<TokenLogprob> tokens) {
            CompletionLogprobs logprobs =
                    new CompletionLogprobs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (TokenLogprob token : tokens) {
                boolean first = Float.isNaN(token.getLogprob());
                logprobs.tokens.add(text(token.getToken()));
                logprobs.tokenLogprobs.add(
                        first ? Optional.empty() : Optional.of(ChatLogprobs.finite(token.getLogprob())));
                logprobs.topLogprobs.add(first ? Optional.empty() : Optional.of(top(token)));
                logprobs.textOffset.add(characters);
                characters += characters(token.getToken());
            }
            return logprobs;
        }
    }

    private static Map<String, Float> top(TokenLogprob token) {
        Map<String, Float> top = new LinkedHashMap<>();
        for (TokenLogprob alternative : token.getTopList()) {
            top.put(text(alternative.getToken()), ChatLogprobs.finite(alternative.getLogprob()));
        }
        if (token.getTopCount() > 0) {
            top.putIfAbsent(text(token.getToken()), ChatLogprobs.finite(token.getLogprob()));
        }
        return top;
    }

    /** A token's text; where it holds a part of a character only, its bytes as OpenAI writes them. */
    private static String text(ByteString token) {
        if (token.isValidUtf8()) {
            return token.toStringUtf8();
        }
        StringBuilder bytes = new StringBuilder("bytes:");
        for (int i = 0; i < token.size(); i++) {
            bytes.append("\\x%02x".formatted(Byte.toUnsignedInt(token.byteAt(i))));
        }
        return bytes.toString();
    }

    /** Code points that begin in these bytes. */
    private static int characters(ByteString token) {
        int characters = 0;
        for (int i = 0; i < token.size(); i++) {
            if ((token.byteAt(i) & 0xC0) != 0x80) {
                characters++;
            }
        }
        return characters;
    }
}
