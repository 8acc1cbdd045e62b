package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.route.ServedModel;
import java.util.OptionalInt;

/**
 * The body of {@code POST /v1/completions}, read strictly.
 *
 * @param echo the answer begins with the prompt
 * @param choices of each prompt, how many are answered with: the likeliest of those in {@code shape}
 * @param logprobs the alternatives of each token, where asked for
 * @param shape what the engine is asked, but for the prompt
 */
record CompletionRequest(
        Prompts prompts, StreamOptions stream, boolean echo, int choices, OptionalInt logprobs, GenerateRequest shape) {
    /** OpenAI's own default. */
    private static final int MAX_TOKENS = 16;

    private static final int MAX_BEST_OF = 20;

    static CompletionRequest read(Fields fields, ServedModel model) {
        Prompts prompts = Prompts.read(fields, "prompt", model);
        StreamOptions stream = StreamOptions.read(fields);
        boolean echo = fields.flag("echo", false);
        // nothing but the prompt's own log-probabilities: how harnesses rate given text
        int maxTokens =
                fields.integer("max_tokens", echo ? 0 : 1, Integer.MAX_VALUE).orElse(MAX_TOKENS);
        int choices = fields.integer("n", 1, Sampling.MAX_CHOICES).orElse(1);
        int candidates = candidates(fields, choices, stream);
        OptionalInt logprobs = fields.integer("logprobs", 0, Sampling.MAX_LOGPROBS);
        SamplingParameters.Builder sampling = Sampling.parameters(fields, model);
        if (logprobs.isPresent() || candidates > choices) {
            sampling.setTopLogprobs(logprobs.orElse(0));
        }
        GenerateRequest.Builder shape = GenerateRequest.newBuilder()
                .setSampling(sampling)
                .setStop(Sampling.stop(fields, model, OptionalInt.of(maxTokens)))
                .setPromptLogprobs(echo && logprobs.isPresent())
                .setN(candidates);
        Extensions.read(fields, shape);
        Unsupported.inCompletions(fields);
        fields.refuseOthers();
        return new CompletionRequest(prompts, stream, echo, choices, logprobs, shape.build());
    }

    private static int candidates(Fields fields, int choices, StreamOptions stream) {
        OptionalInt bestOf = fields.integer("best_of", 1, MAX_BEST_OF);
        if (bestOf.isEmpty()) {
            return choices;
        }
        if (bestOf.getAsInt() < choices) {
            throw Refusal.invalid("best_of", "best_of must be n (" + choices + ") or more, was " + bestOf.getAsInt())
                    .exception();
        }
        if (bestOf.getAsInt() > choices && stream.streamed()) {
            throw Refusal.invalid(
                            "best_of",
                            "best_of was " + bestOf.getAsInt()
                                    + ", which cannot be streamed: the best is known at the end only")
                    .exception();
        }
        return bestOf.getAsInt();
    }
}
