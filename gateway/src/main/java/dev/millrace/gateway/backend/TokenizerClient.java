package dev.millrace.gateway.backend;

import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.DecodeResponse;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeChatResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.EncodeResponse;
import dev.millrace.contracts.v1.TokenizerGrpc;
import io.grpc.Channel;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/** The tokenizer service. Knows models' tokenizers alone: an adapter's is its model's. */
public final class TokenizerClient {
    private final Channel channel;
    private final UnaryOperator<String> tokenizers;

    /** @param tokenizers under whose name the tokenizer of a model or adapter is known */
    public TokenizerClient(Channel channel, UnaryOperator<String> tokenizers) {
        this.channel = channel;
        this.tokenizers = tokenizers;
    }

    public Mono<EncodeChatResponse> encodeChat(EncodeChatRequest request) {
        return Calls.unary(
                channel,
                TokenizerGrpc.getEncodeChatMethod(),
                request.toBuilder()
                        .setModel(tokenizers.apply(request.getModel()))
                        .build());
    }

    public Mono<EncodeResponse> encode(EncodeRequest request) {
        return Calls.unary(
                channel,
                TokenizerGrpc.getEncodeMethod(),
                request.toBuilder()
                        .setModel(tokenizers.apply(request.getModel()))
                        .build());
    }

    public Mono<DecodeResponse> decode(DecodeRequest request) {
        return Calls.unary(
                channel,
                TokenizerGrpc.getDecodeMethod(),
                request.toBuilder()
                        .setModel(tokenizers.apply(request.getModel()))
                        .build());
    }
}
