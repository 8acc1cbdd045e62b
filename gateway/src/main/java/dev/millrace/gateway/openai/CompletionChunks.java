package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.ChoiceFinished;
import dev.millrace.contracts.v1.Delta;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.TokenLogprob;
import dev.millrace.gateway.generation.Generated;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the events of a request for completions into pieces of its answer; usage last, where asked for. */
final class CompletionChunks {
    private final Answer answer;
    private final CompletionRequest request;
    private final List<String> echoes;
    private final Map<Integer, List<TokenLogprob>> scored = new HashMap<>();
    /** For each choice that has begun, where its next token stands. */
    private final Map<Integer, CompletionLogprobs.Reader> begun = new HashMap<>();

    private final Totals totals = new Totals();
    private int finished;

    CompletionChunks(Answer answer, CompletionRequest request, List<String> echoes) {
        this.answer = answer;
        this.request = request;
        this.echoes = echoes;
    }

    List<Completion> write(Generated generated) {
        GenerateEvent event = generated.event();
        return switch (event.getEventCase()) {
            case PROMPT -> {
                scored.put(generated.prompt(), event.getPrompt().getLogprobsList());
                yield List.of();
            }
            case DELTA -> grow(generated.prompt(), event.getDelta());
            case CHOICE_FINISHED -> end(generated.prompt(), event.getChoiceFinished());
            case FINISHED -> {
                totals.add(event.getFinished());
                finished++;
                yield finished == echoes.size() && request.stream().includeUsage()
                        ? List.of(Completion.of(answer, List.of(), Optional.of(totals)))
                        : List.of();
            }
            case EVENT_NOT_SET -> List.of();
        };
    }

    private List<Completion> grow(int prompt, Delta delta) {
        int index = index(prompt, delta.getIndex());
        List<Completion> chunks = begin(prompt, index);
        Optional<CompletionLogprobs> logprobs = logprobs(index, delta.getLogprobsList());
        if (!delta.getText().isEmpty() || logprobs.isPresent()) {
            chunks.add(chunk(new Completion.Choice(index, delta.getText(), logprobs, Optional.empty())));
        }
        return chunks;
    }

    private List<Completion> end(int prompt, ChoiceFinished choice) {
        int index = index(prompt, choice.getIndex());
        List<Completion> chunks = begin(prompt, index);
        String reason = ChatCompletion.reason(choice.getReason());
        chunks.add(chunk(new Completion.Choice(index, "", Optional.empty(), Optional.of(reason))));
        return chunks;
    }

    /** A choice's first piece is its prompt, where it is to be echoed. */
    private List<Completion> begin(int prompt, int index) {
        List<Completion> chunks = new ArrayList<>(2);
        if (begun.putIfAbsent(index, new CompletionLogprobs.Reader()) == null && request.echo()) {
            Optional<CompletionLogprobs> logprobs = logprobs(index, scored.getOrDefault(prompt, List.of()));
            chunks.add(chunk(new Completion.Choice(index, echoes.get(prompt), logprobs, Optional.empty())));
        }
        return chunks;
    }

    private Optional<CompletionLogprobs> logprobs(int index, List<TokenLogprob> tokens) {
        return request.logprobs().isPresent() && !tokens.isEmpty()
                ? Optional.of(begun.computeIfAbsent(index, _ -> new CompletionLogprobs.Reader())
                        .read(tokens))
                : Optional.empty();
    }

    private int index(int prompt, int choice) {
        return prompt * request.choices() + choice;
    }

    private Completion chunk(Completion.Choice choice) {
        return Completion.of(answer, List.of(choice), Optional.empty());
    }
}
