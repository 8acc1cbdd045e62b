package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Turns prompts into ids, where they are not ids already. */
@Component
final class PromptEncoder {
    /** What "&lt;|im_end|&gt;" and the like are in a text. */
    enum Specials {
        AS_TEXT,
        AS_CONTROL_TOKENS
    }

    private final TokenizerClient tokenizer;

    PromptEncoder(TokenizerClient tokenizer) {
        this.tokenizer = tokenizer;
    }

    Mono<List<TokenIds>> encode(Prompts prompts, String model, Specials specials) {
        return switch (prompts) {
            case Prompts.Ids given -> Mono.just(given.ids());
            case Prompts.Texts given ->
                tokenizer
                        .encode(EncodeRequest.newBuilder()
                                .setModel(model)
                                .addAllTexts(given.texts())
                                .setAddSpecial(true)
                                .setParseSpecial(specials == Specials.AS_CONTROL_TOKENS)
                                .build())
                        .map(answer -> answer.getEncodingsList().stream()
                                .map(encoding -> TokenIds.newBuilder()
                                        .addAllIds(encoding.getIdsList())
                                        .build())
                                .toList());
        };
    }
}
