package dev.millrace.gateway.generation;

import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import java.util.List;

/**
 * What a client wants generated.
 *
 * @param promptField the request's field that the prompt came in, for messages
 * @param prompts one or more, each of at least one token
 * @param shape all but the prompt and the id: the same for every prompt
 */
public record Job(
        RequestContext context,
        Route.Engines engines,
        String promptField,
        List<TokenIds> prompts,
        GenerateRequest shape,
        boolean streamed) {
    public Job {
        prompts = List.copyOf(prompts);
    }

    int choices() {
        return Math.max(1, shape.getN());
    }

    /** Whether only the prompt itself is to be rated. */
    boolean generatesNothing() {
        return shape.getStop().hasMaxTokens() && shape.getStop().getMaxTokens() == 0;
    }

    /** The most that this can come to: each prompt, and for each choice all that may be generated. */
    long mostTokens() {
        int context = engines.model().contextTokens();
        long tokens = 0;
        for (TokenIds prompt : prompts) {
            long left = Math.max(0, context - prompt.getIdsCount());
            long answer = shape.getStop().hasMaxTokens() ? shape.getStop().getMaxTokens() : left;
            tokens += prompt.getIdsCount() + answer * choices();
        }
        return tokens;
    }
}
