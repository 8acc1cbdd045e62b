package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.TokenLogprob;
import dev.millrace.gateway.generation.Generated;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The answer to a request for completions, or a piece of it: OpenAI gives both the same shape. */
record Completion(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Usage> usage,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Timings> timings) {
    record Choice(int index, String text, Optional<CompletionLogprobs> logprobs, Optional<String> finishReason) {}

    static Completion of(Answer answer, List<Choice> choices, Optional<Totals> totals) {
        return new Completion(
                answer.id(),
                "text_completion",
                answer.created(),
                answer.model(),
                choices,
                totals.map(Totals::usage),
                totals.map(Totals::timings));
    }

    /** Gathers the events of all prompts, and keeps the likeliest choices of each. */
    static final class Collector {
        private final CompletionRequest request;
        private final List<String> echoes;
        private final List<Prompt> prompts;
        private final Totals totals = new Totals();

        /**
         * @param echoes what each prompt's answers begin with
         */
        Collector(CompletionRequest request, List<String> echoes) {
            this.request = request;
            this.echoes = echoes;
            this.prompts =
                    echoes.stream().map(_ -> new Prompt(request.shape().getN())).toList();
        }

        void add(Generated generated) {
            GenerateEvent event = generated.event();
            Prompt prompt = prompts.get(generated.prompt());
            switch (event.getEventCase()) {
                case PROMPT -> prompt.scored.addAll(event.getPrompt().getLogprobsList());
                case DELTA -> {
                    Growing choice = prompt.choices.get(event.getDelta().getIndex());
                    choice.text.append(event.getDelta().getText());
                    choice.logprobs.addAll(event.getDelta().getLogprobsList());
                }
                case CHOICE_FINISHED ->
                    prompt.choices.get(event.getChoiceFinished().getIndex()).reason =
                            event.getChoiceFinished().getReason();
                case FINISHED -> totals.add(event.getFinished());
                case EVENT_NOT_SET -> {}
            }
        }

        Completion answer(Answer answer) {
            List<Choice> choices = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                for (Growing choice : prompts.get(i).best(request.choices())) {
                    choices.add(choice(choices.size(), echoes.get(i), prompts.get(i).scored, choice));
                }
            }
            return of(answer, choices, Optional.of(totals));
        }

        private Choice choice(int index, String echo, List<TokenLogprob> scored, Growing choice) {
            List<TokenLogprob> tokens =
                    Stream.concat(scored.stream(), choice.logprobs.stream()).toList();
            return new Choice(
                    index,
                    echo + choice.text,
                    request.logprobs().isPresent()
                            ? Optional.of(new CompletionLogprobs.Reader().read(tokens))
                            : Optional.empty(),
                    Optional.of(ChatCompletion.reason(choice.reason)));
        }
    }

    private static final class Prompt {
        private final List<TokenLogprob> scored = new ArrayList<>();
        private final List<Growing> choices;

        Prompt(int choices) {
            this.choices = Stream.generate(Growing::new).limit(choices).toList();
        }

        /** The choices with the highest log-probability for each token. */
        List<Growing> best(int count) {
            if (count == choices.size()) {
                return choices;
            }
            return choices.stream()
                    .sorted(Comparator.comparingDouble(Growing::meanLogprob).reversed())
                    .limit(count)
                    .toList();
        }
    }

    private static final class Growing {
        private final StringBuilder text = new StringBuilder();
        private final List<TokenLogprob> logprobs = new ArrayList<>();
        private FinishReason reason = FinishReason.FINISH_REASON_UNSPECIFIED;

        double meanLogprob() {
            return logprobs.stream()
                    .mapToDouble(TokenLogprob::getLogprob)
                    .average()
                    .orElse(Double.NEGATIVE_INFINITY);
        }
    }
}
