package dev.millrace.training.data;

import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.ExampleWriter;
import dev.millrace.training.examples.Prompt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/** Turns a file of rows into a file of examples, a row at a time. */
public final class DataSet {
    /** How many bad lines are named before the rest goes unread. */
    private static final int NAMED = 20;
    /** How many examples are kept as prompts, too. */
    public static final int PROMPTS = 20;

    private DataSet() {}

    /**
     * @param preference whether lines are pairs of answers
     * @param longestTokens sequences above are left out, and counted
     * @param end the token that ends a text of the model's
     */
    public record Settings(boolean preference, int longestTokens, OptionalInt end) {}

    /**
     * @param unit what the number counts: lines or rows
     * @param number from 1; 0 for the file as a whole
     */
    public record Problem(String unit, long number, String what) {
        private static Problem ofFile(String what) {
            return new Problem("file", 0, what);
        }

        @Override
        public String toString() {
            return (number == 0 ? "the file " : unit + " " + number + " ") + what;
        }
    }

    /**
     * @param examples that were written
     * @param tooLong lines that were left out because a sequence is longer than the settings say
     * @param tokens of the written ones
     * @param scoredTokens of the written ones
     * @param problems empty for a file that can be learnt from
     * @param prompts of the first {@value #PROMPTS} that ask something
     */
    public record Report(
            long examples, long tooLong, long tokens, long scoredTokens, List<Problem> problems, List<Prompt> prompts) {
        public Report {
            problems = List.copyOf(problems);
            prompts = List.copyOf(prompts);
        }
    }

    /** The same, of a file whose first bytes say what it is. */
    public static Report build(Path file, Settings settings, Tokens tokens, Path out) throws IOException {
        return build(file, DataFormat.of(file), settings, tokens, out);
    }

    /** Reads all rows, or as many as it takes to find {@value #NAMED} bad ones. */
    public static Report build(Path file, DataFormat format, Settings settings, Tokens tokens, Path out)
            throws IOException {
        RowEncoder encoder = new RowEncoder(tokens, settings.end());
        List<Problem> problems = new ArrayList<>();
        List<Prompt> prompts = new ArrayList<>();
        long count = 0;
        long tooLong = 0;
        long all = 0;
        long scored = 0;
        try (Rows rows = format.open(file);
                ExampleWriter writer = new ExampleWriter(out)) {
            while (problems.size() < NAMED) {
                try {
                    Optional<ObjectNode> row = rows.next();
                    if (row.isEmpty()) {
                        break;
                    }
                    Row read = RowReader.read(row.get(), settings.preference());
                    Example example = encoder.encode(read);
                    if (example.sequences().stream()
                            .anyMatch(sequence -> sequence.ids().length > settings.longestTokens())) {
                        tooLong++;
                        continue;
                    }
                    writer.write(example);
                    if (prompts.size() < PROMPTS) {
                        Question.of(read)
                                .map(question -> question.prompt(example))
                                .ifPresent(prompts::add);
                    }
                    count++;
                    all += example.tokens();
                    scored += example.scoredTokens();
                } catch (BadLineException bad) {
                    problems.add(new Problem(rows.unit(), rows.number(), String.valueOf(bad.getMessage())));
                }
            }
        } catch (BadLineException unreadable) {
            problems.add(Problem.ofFile(String.valueOf(unreadable.getMessage())));
        }
        if (problems.isEmpty() && count == 0) {
            problems.add(Problem.ofFile(
                    tooLong == 0
                            ? "is empty, expected a row or more"
                            : "has " + tooLong + " examples that are all longer than " + settings.longestTokens()
                                    + " tokens"));
        }
        return new Report(count, tooLong, all, scored, problems, prompts);
    }
}
