package dev.millrace.standalone.bench;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Prompts of random words, so that none shares its beginning with another and nothing comes from a cache by accident.
 */
final class Prompts {
    private static final int ROUNDS = 8;
    private static final List<String> WORDS = List.of(
            ("the of and to in that it was for on are as with his they at be this from have or by one had not but"
                            + " what all were when we there can an your which their said if do will each about how up"
                            + " out them then she many some so these would other into has more her two like him see"
                            + " time could no make than first been its who now people my made over did down only way"
                            + " find use may water long little very after words called just where most know get"
                            + " through back much go good new write our me man too any day same right look think also"
                            + " around another came come work three must because does part even place well such here"
                            + " take why help put different away again off went old number great tell men say small"
                            + " every found still between name should home big give air line set own under read last"
                            + " never us left end along while might next sound below saw something thought both few"
                            + " those always show large often together asked house world going want school important"
                            + " until form food keep children feet land side without boy once animal life enough took"
                            + " four head above kind began almost live page got earth need far hand high year mother"
                            + " light country father let night picture being study second soon story since white ever"
                            + " paper hard near sentence better best across during today however sure knew try told"
                            + " young sun thing whole hear example heard several change answer room sea against top"
                            + " turned learn point city play toward five himself usually money seen car morning body"
                            + " upon family later turn move face door cut done group true half red fish plants living"
                            + " black eat short run book gave order open ground cold really table remember tree course"
                            + " front space inside sad early piece wind rock wheel mill stone river")
                    .split(" ", -1));

    private final Counter counter;
    private final SplittableRandom random;
    private double tokensPerWord = 1;

    /** Counts a text's tokens, those that a model puts before every text included. */
    interface Counter {
        int count(String text) throws IOException;
    }

    Prompts(Counter counter, long seed) {
        this.counter = counter;
        this.random = new SplittableRandom(seed);
    }

    /** A text of that many tokens, or a few less where words of several tokens leave a rest. */
    String text(int tokens) throws IOException {
        return continued("", tokens);
    }

    /** {@code beginning} with words after it, that many tokens in all. */
    String continued(String beginning, int tokens) throws IOException {
        int known = beginning.isEmpty() ? 0 : counter.count(beginning);
        int guess = (int) Math.round((tokens - known) / tokensPerWord);
        List<String> words = words(2 * Math.max(1, guess) + 16);
        int low = 0;
        int high = words.size() + 1;
        // more words are never fewer tokens: bisect, beginning where experience says
        for (int round = 0; round < ROUNDS && high - low > 1; round++) {
            int count = Math.clamp(guess, low + 1, high - 1);
            int counted = counter.count(join(beginning, words, count));
            tokensPerWord = Math.max(0.1, (double) (counted - known) / count);
            if (counted <= tokens) {
                low = count;
            } else {
                high = count;
            }
            if (counted == tokens) {
                break;
            }
            guess = count + (int) Math.round((tokens - counted) / tokensPerWord);
        }
        return join(beginning, words, Math.max(1, low));
    }

    private static String join(String beginning, List<String> words, int count) {
        String text = String.join(" ", words.subList(0, count));
        return beginning.isEmpty() ? text : beginning + " " + text;
    }

    private List<String> words(int count) {
        return random.ints(count, 0, WORDS.size()).mapToObj(WORDS::get).toList();
    }
}
