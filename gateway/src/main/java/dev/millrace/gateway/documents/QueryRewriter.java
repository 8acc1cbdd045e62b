package dev.millrace.gateway.documents;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.gateway.generation.Aside;
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
    private final Aside aside;

    QueryRewriter(Routes routes, Models models, Aside aside) {
        this.routes = routes;
        this.models = models;
        this.aside = aside;
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
        return Flux.range(0, questions.size())
                .concatMap(i -> query(context, "query-" + i, engines.get(), questions.get(i)))
                .collectList();
    }

    private Optional<String> first(RequestContext context) {
        return routes.models().stream()
                .filter(ServedModel::hasChatTemplate)
                .map(ServedModel::name)
                .filter(context.caller()::mayUse)
                .findFirst();
    }

    private Mono<String> query(RequestContext context, String name, Route.Engines engines, String question) {
        return aside.line(context, name, engines, "query", chat(engines.model().name(), question), MOST_TOKENS, "")
                .map(said -> cleaned(said, question))
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
