package dev.millrace.training.jobs;

import dev.millrace.training.data.DataSet;
import dev.millrace.training.data.Tokens;
import dev.millrace.training.examples.Prompt;
import dev.millrace.training.examples.Prompts;
import dev.millrace.training.train.Answer;
import dev.millrace.training.worker.WorkerTask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a job's model is asked at each look, and its answers as texts. */
final class JobSamples {
    private static final Logger log = LoggerFactory.getLogger(JobSamples.class);
    /** Of a learnt answer: the end of its turn is among them. */
    private static final int TAIL = 8;

    private final Job job;
    private final Path folder;
    private final Tokens tokens;

    /** @param folder the job's own */
    JobSamples(Job job, Path folder, Tokens tokens) {
        this.job = job;
        this.folder = folder;
        this.tokens = tokens;
    }

    /** Which file the prompts are of: the field of the request that names it. */
    String source() {
        return job.spec().validation().isPresent() ? "validation_file" : "training_file";
    }

    /**
     * Keeps for the worker as many prompts as are wanted.
     *
     * @param end the token that ends a text of the model's
     */
    void keep(DataSet.Report report, OptionalInt end) throws IOException {
        List<Prompt> prompts =
                report.prompts().stream().limit(job.spec().prompts()).toList();
        if (prompts.isEmpty()) {
            return;
        }
        Set<Integer> ends = new HashSet<>();
        end.ifPresent(ends::add);
        prompts.forEach(prompt -> endOfTurn(prompt.answer()).ifPresent(ends::add));
        WorkerTask.write(folder, new Prompts(prompts, ends));
    }

    /** The last token of an answer that is no text. */
    private OptionalInt endOfTurn(int[] answer) {
        int[] tail = Arrays.copyOfRange(answer, Math.max(0, answer.length - TAIL), answer.length);
        Set<Integer> control = tokens.control(tail);
        return Arrays.stream(tail).filter(control::contains).reduce((_, last) -> last);
    }

    /** The database keeps no zeros in texts. */
    private static String kept(String text) {
        return text.replace('\0', '\ufffd');
    }

    /** Answers as texts; none where the tokenizer is away: a job doesn't end for them. */
    List<Said> read(List<Answer> answers) {
        Optional<Prompts> asked = answers.isEmpty() ? Optional.empty() : WorkerTask.prompts(folder);
        if (asked.isEmpty()) {
            return List.of();
        }
        try {
            List<Said> said = new ArrayList<>();
            for (Answer answer : answers) {
                Prompt prompt = asked.get().prompts().get(answer.prompt());
                said.add(new Said(
                        answer.step(),
                        new JobEvent.Sample(
                                kept(prompt.asked()), kept(prompt.wanted()), kept(tokens.decoded(answer.ids())))));
            }
            return said;
        } catch (IOException away) {
            log.warn("job {}: what the model says can't be told: {}", job.id(), away.getMessage());
            return List.of();
        }
    }
}
