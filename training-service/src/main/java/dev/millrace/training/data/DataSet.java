package dev.millrace.training.data;

import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.ExampleWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Turns a JSONL file into a file of examples, a line at a time. */
public final class DataSet {
    /** How many bad lines are named before the rest goes unread. */
    private static final int NAMED = 20;

    private DataSet() {}

    /**
     * @param preference whether lines are pairs of answers
     * @param longestTokens sequences above are left out, and counted
     * @param end the token that ends a text of the model's
     */
    public record Settings(boolean preference, int longestTokens, OptionalInt end) {}

    /** @param line from 1; 0 for the file as a whole */
    public record Problem(long line, String what) {
        @Override
        public String toString() {
            return line == 0 ? "the file " + what : "line " + line + " " + what;
        }
    }

    /**
     * @param examples that were written
     * @param tooLong lines that were left out because a sequence is longer than the settings say
     * @param tokens of the written ones
     * @param scoredTokens of the written ones
     * @param problems empty for a file that can be learnt from
     */
    public record Report(long examples, long tooLong, long tokens, long scoredTokens, List<Problem> problems) {
        public Report {
            problems = List.copyOf(problems);
        }
    }

    /** Reads all lines, or as many as it takes to find {@value #NAMED} bad ones. */
    public static Report build(Path jsonl, Settings settings, Tokens tokens, Path out) throws IOException {
        RowEncoder encoder = new RowEncoder(tokens, settings.end());
        List<Problem> problems = new ArrayList<>();
        long count = 0;
        long tooLong = 0;
        long all = 0;
        long scored = 0;
        try (LineReader lines = new LineReader(jsonl);
                ExampleWriter writer = new ExampleWriter(out)) {
            while (problems.size() < NAMED) {
                try {
                    Optional<String> line = lines.next();
                    if (line.isEmpty()) {
                        break;
                    }
                    if (line.get().isBlank()) {
                        continue;
                    }
                    Example example = encoder.encode(RowReader.read(line.get(), settings.preference()));
                    if (example.sequences().stream()
                            .anyMatch(sequence -> sequence.ids().length > settings.longestTokens())) {
                        tooLong++;
                        continue;
                    }
                    writer.write(example);
                    count++;
                    all += example.tokens();
                    scored += example.scoredTokens();
                } catch (BadLineException bad) {
                    problems.add(new Problem(lines.number(), String.valueOf(bad.getMessage())));
                }
            }
        }
        if (problems.isEmpty() && count == 0) {
            problems.add(new Problem(
                    0,
                    tooLong == 0
                            ? "is empty, expected a line or more"
                            : "has " + tooLong + " examples that are all longer than " + settings.longestTokens()
                                    + " tokens"));
        }
        return new Report(count, tooLong, all, scored, problems);
    }
}
