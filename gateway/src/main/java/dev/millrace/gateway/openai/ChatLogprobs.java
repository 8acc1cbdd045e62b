package dev.millrace.gateway.openai;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** OpenAI's {@code logprobs} of a chat's choice. */
record ChatLogprobs(List<Token> content, Optional<List<Token>> refusal) {
    record Token(String token, float logprob, List<Integer> bytes, List<Alternative> topLogprobs) {}

    record Alternative(String token, float logprob, List<Integer> bytes) {}

    /** What JSON, which has no infinity, says of an impossible token: OpenAI's own figure. */
    private static final float IMPOSSIBLE = -9999;

    static ChatLogprobs of(List<TokenLogprob> tokens) {
        return new ChatLogprobs(tokens.stream().map(ChatLogprobs::token).toList(), Optional.empty());
    }

    private static Token token(TokenLogprob token) {
        return new Token(
                token.getToken().toStringUtf8(),
                finite(token.getLogprob()),
                bytes(token.getToken()),
                token.getTopList().stream()
                        .map(top -> new Alternative(
                                top.getToken().toStringUtf8(), finite(top.getLogprob()), bytes(top.getToken())))
                        .toList());
    }

    static float finite(float logprob) {
        return Float.isFinite(logprob) ? logprob : IMPOSSIBLE;
    }

    private static List<Integer> bytes(ByteString token) {
        List<Integer> bytes = new ArrayList<>(token.size());
        for (int i = 0; i < token.size(); i++) {
            bytes.add(Byte.toUnsignedInt(token.byteAt(i)));
        }
        return bytes;
    }
}
