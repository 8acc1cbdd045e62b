package dev.millrace.gateway.backend;

import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.DecodeResponse;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeChatResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.EncodeResponse;
import dev.millrace.contracts.v1.TokenizerGrpc;
import io.grpc.Channel;
import reactor.core.publisher.Mono;

/** The tokenizer service. */
public final class TokenizerClient {
    private final Channel channel;

    public TokenizerClient(Channel channel) {
        this.channel = channel;
    }

    public Mono<EncodeChatResponse> encodeChat(EncodeChatRequest request) {
        return Calls.unary(channel, TokenizerGrpc.getEncodeChatMethod(), request);
    }

    public Mono<EncodeResponse> encode(EncodeRequest request) {
        return Calls.unary(channel, TokenizerGrpc.getEncodeMethod(), request);
    }

    public Mono<DecodeResponse> decode(DecodeRequest request) {
        return Calls.unary(channel, TokenizerGrpc.getDecodeMethod(), request);
    }
}
