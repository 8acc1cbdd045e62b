package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.backend.TokenizerClient;
import dev.millrace.gateway.generation.Generator;
import dev.millrace.gateway.generation.Job;
import dev.millrace.gateway.generation.Models;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.route.ServedModel;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes short queries of what people say, by a served language model. What it makes is looked for beside what was said, so
 * that a small model's mistake costs little; what it uses is counted as the caller's.
 */
@Component
final class QueryRewriter {
    private static final int MOST_TOKENS = 48;
    private static final int LONGEST = 300;
    private static final List<String> EXAMPLES = List.of(
            "I'd like to know the height of the main office building.",
            "main office building height",
            "Could you please tell me who wrote the safety manual?",
            "safety manual author");
    private static final String TASK =
            "You turn what a user says into a short search query. Answer with the query alone.";

    private final Routes routes;
    private final Models models;
    private final TokenizerClient tokenizer;
    private final Generator generator;

    QueryRewriter(Routes routes, Models models, TokenizerClient tokenizer, Generator generator) {
        this.routes = routes;
        this.models = models;
        this.tokenizer = tokenizer;
        this.generator = generator;
    }

    /**
     * @param named the model; empty for the first served one that chats
     * @return for each question a query, which is the question itself where no model makes one
     */
    Mono<List<String>> queries(RequestContext context, Optional<String> named, List<String> questions) {
        Optional<Route.Engines> engines = named.or(() -> first(context)).map(name -> models.engines(context, name));
        if (engines.isEmpty()) {
            return Mono.just(questions);
        }
        return Flux.fromIterable(questions)
                .concatMap(question -> query(context, engines.get(), question))
                .collectList();
    }

    private Optional<String> first(RequestContext context) {
        return routes.models().stream()
                .filter(ServedModel::hasChatTemplate)
                .map(ServedModel::name)
                .filter(context.caller()::mayUse)
                .findFirst();
    }

    private Mono<String> query(RequestContext context, Route.Engines engines, String question) {
        GenerateRequest shape = GenerateRequest.newBuilder()
                .setSampling(SamplingParameters.newBuilder().setTemperature(0))
                .setStop(StopConditions.newBuilder().setMaxTokens(MOST_TOKENS).addStrings("\n"))
                .build();
        return tokenizer
                .encodeChat(chat(engines.model().name(), question))
                .map(prompt ->
                        TokenIds.newBuilder().addAllIds(prompt.getIdsList()).build())
                .map(prompt -> new Job(context, engines, "query", List.of(prompt), shape, false))
                .flatMapMany(job -> generator.generate(job, _ -> {}))
                .filter(generated -> generated.event().hasDelta())
                .map(generated -> generated.event().getDelta().getText())
                .collect(StringBuilder::new, StringBuilder::append)
                .map(said -> cleaned(said.toString(), question))
                // a model that is away or full is no reason not to search
                .onErrorReturn(RefusedException.class, question);
    }

    private static EncodeChatRequest chat(String model, String question) {
        EncodeChatRequest.Builder chat =
                EncodeChatRequest.newBuilder().setModel(model).setAddGenerationPrompt(true);
        chat.addMessages(message("system", TASK));
        for (int i = 0; i < EXAMPLES.size(); i++) {
            chat.addMessages(message(i % 2 == 0 ? "user" : "assistant", EXAMPLES.get(i)));
        }
        return chat.addMessages(message("user", question)).build();
    }

    private static ChatMessage message(String role, String text) {
        return ChatMessage.newBuilder()
                .setRole(role)
                .addContent(ContentPart.newBuilder().setText(text))
                .build();
    }

    private static String cleaned(String said, String question) {
        String query = said.strip().replaceAll("^[\"'“]+|[\"'”]+$", "").strip();
        return query.isEmpty() || query.length() > LONGEST ? question : query;
    }
}
