package dev.millrace.training.train;

import dev.millrace.training.examples.Prompt;
import dev.millrace.training.examples.Prompts;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.GreedyAnswers;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.Trained;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the model says to a few prompts, the likeliest token each time: as it was, and at each look as it has become. Without
 * dropout and noise, and nothing of it is learnt: the weights are the same to the bit with samples and without.
 */
final class Samples {
    private static final int MOST_TOKENS = 64;

    private final Decoder decoder;
    private final Trained trained;
    private final Prompts prompts;

    private List<Answer> before = List.of();

    Samples(Decoder decoder, Trained trained, Prompts prompts) {
        this.decoder = decoder;
        this.trained = trained;
        this.prompts = prompts;
    }

    /** Has the model asked before its own weights change; one with an adapter can be asked without it at any time. */
    void begin() {
        if (!(trained instanceof LoraAdapter)) {
            before = answers(0, Optional.empty());
        }
    }

    /** @param first whether it is the first look, which tells of the model as it was, too */
    List<Answer> at(long step, boolean first) {
        List<Answer> all = new ArrayList<>();
        if (first) {
            all.addAll(trained instanceof LoraAdapter ? answers(0, Optional.empty()) : before);
        }
        all.addAll(answers(step, Optional.of(trained)));
        return all;
    }

    private List<Answer> answers(long step, Optional<Trained> as) {
        List<int[]> ids = prompts.prompts().stream().map(Prompt::ids).toList();
        List<int[]> said = new GreedyAnswers(decoder, as).to(ids, prompts.ends(), MOST_TOKENS);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            answers.add(new Answer(step, i, said.get(i)));
        }
        return answers;
    }
}
