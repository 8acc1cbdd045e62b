package dev.millrace.gateway.grpc;

import dev.millrace.contracts.v1.ChatRequest;
import dev.millrace.contracts.v1.CompleteRequest;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.DecodeResponse;
import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.EmbedTextRequest;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.EncodeResponse;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.MillraceGrpc;
import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelState;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.ModelsResponse;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.generation.Embedder;
import dev.millrace.gateway.generation.Generated;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Job;
import dev.millrace.gateway.generation.Models;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.route.ServedModel;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The walk of the HTTP door's requests, for gRPC clients. Ranges of sampling parameters are the engine's to check. */
@Component
final class MillraceService extends MillraceGrpc.MillraceImplBase {
    private final Doorkeeper doorkeeper;
    private final Models models;
    private final Routes routes;
    private final TokenizerClient tokenizer;
    private final Generator generator;
    private final Embedder embedder;
    private final Replies replies;

    MillraceService(
            Doorkeeper doorkeeper,
            Models models,
            Routes routes,
            TokenizerClient tokenizer,
            Generator generator,
            Embedder embedder,
            Replies replies) {
        this.doorkeeper = doorkeeper;
        this.models = models;
        this.routes = routes;
        this.tokenizer = tokenizer;
        this.generator = generator;
        this.embedder = embedder;
        this.replies = replies;
    }

    @Override
    public void chat(ChatRequest request, StreamObserver<GenerateEvent> answer) {
        replies.send(
                request,
                doorkeeper.admit("grpc:Chat").flatMapMany(context -> {
                    Route.Engines engines = models.engines(context, request.getModel());
                    Chats.checkMessages(request.getMessagesList());
                    GenerateRequest shape = Chats.shape(request.getSampling(), request.getStop(), request.getN());
                    EncodeChatRequest chat = Chats.chat(request.getModel(), request.getMessagesList());
                    return tokenizer
                            .encodeChat(chat)
                            .map(prompt -> TokenIds.newBuilder()
                                    .addAllIds(prompt.getIdsList())
                                    .build())
                            .flatMapMany(prompt -> generate(context, engines, "messages", prompt, shape));
                }),
                answer);
    }

    @Override
    public void complete(CompleteRequest request, StreamObserver<GenerateEvent> answer) {
        replies.send(
                request,
                doorkeeper.admit("grpc:Complete").flatMapMany(context -> {
                    Route.Engines engines = models.engines(context, request.getModel());
                    GenerateRequest shape = Chats.shape(request.getSampling(), request.getStop(), request.getN());
                    return prompt(request).flatMapMany(prompt -> generate(context, engines, "prompt", prompt, shape));
                }),
                answer);
    }

    @Override
    public void embedText(EmbedTextRequest request, StreamObserver<EmbedResponse> answer) {
        replies.send(
                request,
                doorkeeper.admit("grpc:EmbedText").flatMap(context -> {
                    Route.Engines engines = models.engines(context, request.getModel());
                    if (request.getTextsCount() == 0) {
                        throw Refusal.invalid("texts", "texts is empty: it must hold at least one text")
                                .exception();
                    }
                    EncodeRequest encode = EncodeRequest.newBuilder()
                            .setModel(request.getModel())
                            .addAllTexts(request.getTextsList())
                            .setAddSpecial(true)
                            .build();
                    return tokenizer
                            .encode(encode)
                            .map(MillraceService::embedding)
                            .flatMap(wish -> embedder.embed(context, engines, wish, MillraceService::ignore));
                }),
                answer);
    }

    @Override
    public void tokenize(EncodeRequest request, StreamObserver<EncodeResponse> answer) {
        replies.send(
                request,
                doorkeeper.admit("grpc:Tokenize").flatMap(context -> {
                    models.engines(context, request.getModel());
                    return tokenizer.encode(request);
                }),
                answer);
    }

    @Override
    public void detokenize(DecodeRequest request, StreamObserver<DecodeResponse> answer) {
        replies.send(
                request,
                doorkeeper.admit("grpc:Detokenize").flatMap(context -> {
                    models.engines(context, request.getModel());
                    return tokenizer.decode(request);
                }),
                answer);
    }

    @Override
    public void listModels(ModelsRequest request, StreamObserver<ModelsResponse> answer) {
        replies.send(
                request,
                doorkeeper.admit("grpc:ListModels").map(context -> {
                    ModelsResponse.Builder response = ModelsResponse.newBuilder();
                    routes.models().stream()
                            .filter(model -> context.caller().mayUse(model.name()))
                            .forEach(model -> response.addModels(info(model)));
                    return response.build();
                }),
                answer);
    }

    private Flux<GenerateEvent> generate(
            RequestContext context, Route.Engines engines, String field, TokenIds prompt, GenerateRequest shape) {
        Job job = new Job(context, engines, field, List.of(prompt), shape, true);
        return generator.generate(job, MillraceService::ignore).map(Generated::event);
    }

    private Mono<TokenIds> prompt(CompleteRequest request) {
        return switch (request.getPromptCase()) {
            case IDS -> Mono.just(request.getIds());
            case TEXT ->
                tokenizer
                        .encode(EncodeRequest.newBuilder()
                                .setModel(request.getModel())
                                .addTexts(request.getText())
                                .setAddSpecial(true)
                                .setParseSpecial(true)
                                .build())
                        .map(encoded -> TokenIds.newBuilder()
                                .addAllIds(encoded.getEncodings(0).getIdsList())
                                .build());
            case PROMPT_NOT_SET ->
                throw Refusal.invalid("prompt", "prompt is missing: send text or ids")
                        .exception();
        };
    }

    private static EmbedRequest embedding(EncodeResponse encoded) {
        EmbedRequest.Builder wish = EmbedRequest.newBuilder().setNormalize(true);
        encoded.getEncodingsList()
                .forEach(encoding -> wish.addInputs(TokenIds.newBuilder().addAllIds(encoding.getIdsList())));
        return wish.build();
    }

    private static ModelInfo info(ServedModel model) {
        ModelInfo.Builder info = ModelInfo.newBuilder()
                .setName(model.name())
                .setState(ModelState.MODEL_STATE_READY)
                .setContextTokens(model.contextTokens())
                .setVocabularySize(model.vocabularySize())
                .setWidth(model.width())
                .setBlockTokens(model.blockTokens())
                .setCreatedAtSeconds(model.createdAt().getEpochSecond())
                .setHasChatTemplate(model.hasChatTemplate());
        model.parent().ifPresent(info::setParent);
        return info.build();
    }

    /** Where a caller's limits stand is said in HTTP's headers only. */
    private static void ignore(Map<String, String> headers) {}
}
