package dev.millrace.training.train;

import dev.millrace.training.examples.Prompt;
import dev.millrace.training.examples.Prompts;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.Trained;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the model says to a few prompts, the likeliest token each time: as it was, and at each look as it has become. Without
 * dropout and noise, and nothing of it is learnt: the weights are the same to the bit with samples and without.
 *
 * <p>All that was said goes through the layers again for the next token, which keeps no cache of keys and values that only this
 * would use. So a guess goes with it, of what the example says or the model said last: as much of it as comes true needs no
 * pass of its own.
 */
final class Samples {
    private static final int MOST_TOKENS = 64;
    private static final int[] NOTHING = {};

    private final Decoder decoder;
    private final Trained trained;
    private final Prompts prompts;
    /** By prompt: what was said last. */
    private final List<int[]> said = new ArrayList<>();

    private List<Answer> before = List.of();

    Samples(Decoder decoder, Trained trained, Prompts prompts) {
        this.decoder = decoder;
        this.trained = trained;
        this.prompts = prompts;
        prompts.prompts().forEach(_ -> said.add(NOTHING));
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
        List<Saying> all = new ArrayList<>();
        for (int i = 0; i < prompts.prompts().size(); i++) {
            all.add(new Saying(prompts.prompts().get(i), said.get(i)));
        }
        List<Saying> open = new ArrayList<>(all);
        while (!open.isEmpty()) {
            open.forEach(Saying::guess);
            List<int[]> next = decoder.likeliest(
                    open.stream().map(Saying::text).toList(),
                    open.stream().mapToInt(Saying::places).toArray(),
                    as);
            for (int i = 0; i < open.size(); i++) {
                open.get(i).hear(next.get(i));
            }
            open.removeIf(saying -> saying.ended);
        }
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            said.set(i, all.get(i).answer);
            answers.add(new Answer(step, i, all.get(i).answer));
        }
        return answers;
    }

    /** An answer that is being given. */
    private final class Saying {
        private final int[] prompt;
        private final List<int[]> known;
        private int[] answer = NOTHING;
        private int[] guess = NOTHING;
        private boolean ended;

        /** @param last what was said to the prompt before */
        Saying(Prompt prompt, int[] last) {
            this.prompt = prompt.ids();
            this.known = List.of(last, prompt.answer());
        }

        /** What may follow: the rest of a known answer that begins as this one does. */
        void guess() {
            int given = answer.length;
            guess = known.stream()
                    .filter(text -> text.length > given && Arrays.equals(text, 0, given, answer, 0, given))
                    .findFirst()
                    .map(text -> Arrays.copyOfRange(text, given, Math.min(text.length, MOST_TOKENS - 1)))
                    .orElse(NOTHING);
        }

        /** Prompt, answer, guess. */
        int[] text() {
            return joined(joined(prompt, answer), guess);
        }

        /** After how many of the last tokens the next is wanted. */
        int places() {
            return 1 + guess.length;
        }

        /** @param likeliest the next token after each of those places */
        void hear(int[] likeliest) {
            for (int i = 0; i < likeliest.length && !ended; i++) {
                answer = joined(answer, likeliest[i]);
                ended = answer.length == MOST_TOKENS || prompts.ends().contains(likeliest[i]);
                if (i < guess.length && guess[i] != likeliest[i]) {
                    return;
                }
            }
        }

        private static int[] joined(int[] some, int... more) {
            int[] all = Arrays.copyOf(some, some.length + more.length);
            System.arraycopy(more, 0, all, some.length, more.length);
            return all;
        }
    }
}
