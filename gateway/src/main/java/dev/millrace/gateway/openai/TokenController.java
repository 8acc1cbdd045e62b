package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.route.ServedModel;
import java.util.List;
import java.util.Optional;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code POST /tokenize} and {@code /detokenize}, in vLLM's shapes. */
@RestController
final class TokenController {
    private final Dispatch dispatch;
    private final TokenizerClient tokenizer;
    private final Json json;

    record Tokens(
            int count,
            int maxModelLen,
            List<Integer> tokens,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<List<String>> tokenStrs) {}

    record Text(String prompt) {}

    TokenController(Dispatch dispatch, TokenizerClient tokenizer, Json json) {
        this.dispatch = dispatch;
        this.tokenizer = tokenizer;
        this.json = json;
    }

    @PostMapping("/tokenize")
    Mono<Void> tokenize(ServerWebExchange exchange) {
        return dispatch.answerHere(
                exchange,
                (_, engines, fields) -> json.write(
                        exchange,
                        fields.has("messages") ? chat(fields, engines.model()) : text(fields, engines.model())));
    }

    private Mono<Tokens> text(Fields fields, ServedModel model) {
        if (!fields.has("prompt")) {
            throw fields.missing("prompt");
        }
        boolean pieces = fields.flag("return_token_strs", false);
        EncodeRequest request = EncodeRequest.newBuilder()
                .setModel(model.name())
                .addTexts(fields.requiredString("prompt"))
                .setAddSpecial(fields.flag("add_special_tokens", true))
                .setParseSpecial(true)
                .setWithPieces(pieces)
                .build();
        fields.refuseOthers();
        return tokenizer.encode(request).map(answer -> answer.getEncodings(0)).map(encoding -> {
            Optional<List<String>> texts = pieces
                    ? Optional.of(encoding.getPiecesList().stream()
                            .map(piece -> piece.toStringUtf8())
                            .toList())
                    : Optional.empty();
            return tokens(encoding.getIdsList(), model, texts);
        });
    }

    private Mono<Tokens> chat(Fields fields, ServedModel model) {
        EncodeChatRequest request = ChatRequest.chat(fields, Messages.read(fields))
                .setModel(model.name())
                .build();
        // a chat's special tokens are its template's
        fields.unsupported("add_special_tokens", value -> value.isBoolean() && !value.booleanValue());
        fields.unsupported("return_token_strs", value -> value.isBoolean() && !value.booleanValue());
        fields.refuseOthers();
        return tokenizer.encodeChat(request).map(answer -> tokens(answer.getIdsList(), model, Optional.empty()));
    }

    private static Tokens tokens(List<Integer> ids, ServedModel model, Optional<List<String>> texts) {
        return new Tokens(ids.size(), model.contextTokens(), ids, texts);
    }

    @PostMapping("/detokenize")
    Mono<Void> detokenize(ServerWebExchange exchange) {
        return dispatch.answerHere(exchange, (_, engines, fields) -> {
            ServedModel model = engines.model();
            Ids ids = fields.find("tokens")
                    .map(tokens -> Ids.newBuilder()
                            .addAllIds(Prompts.ids(tokens, "tokens", model).getIdsList())
                            .build())
                    .orElseThrow(() -> fields.missing("tokens"));
            fields.refuseOthers();
            return json.write(
                    exchange,
                    tokenizer
                            .decode(DecodeRequest.newBuilder()
                                    .setModel(model.name())
                                    .addSequences(ids)
                                    .build())
                            .map(answer -> new Text(answer.getTexts(0))));
        });
    }
}
