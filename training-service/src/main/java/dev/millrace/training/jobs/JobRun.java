package dev.millrace.training.jobs;

import dev.millrace.training.data.DataFormat;
import dev.millrace.training.data.DataSet;
import dev.millrace.training.data.DataSet.Problem;
import dev.millrace.training.model.ModelFile;
import dev.millrace.training.model.UnsupportedModelException;
import dev.millrace.training.train.Checkpoints;
import dev.millrace.training.train.StepReport;
import dev.millrace.training.worker.WorkerMessage;
import dev.millrace.training.worker.WorkerTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One job in this service's hand, from its file to its adapter. */
final class JobRun {
    private static final Logger log = LoggerFactory.getLogger(JobRun.class);
    private static final Duration GLANCE = Duration.ofMillis(500);
    /** Deaths without a step between them after which a job is given up. */
    private static final int DEATHS = 3;

    private static final String PUBLISHED = "published";

    private final Job job;
    private final String holder;
    private final JobTable table;
    private final JobSettings settings;
    private final TokensOf tokens;
    private final AdapterStore adapters;
    private final Path folder;
    private final JobSamples samples;

    JobRun(Job job, String holder, JobTable table, JobSettings settings, TokensOf tokens, AdapterStore adapters) {
        this.job = job;
        this.holder = holder;
        this.table = table;
        this.settings = settings;
        this.tokens = tokens;
        this.adapters = adapters;
        this.folder = settings.folder(job.id());
        this.samples = new JobSamples(job, folder, tokens.of(job.spec().model()));
    }

    /** A file of the job's, which says that all its weights went to the store, and where. */
    static Path mark(Path folder) {
        return folder.resolve(PUBLISHED);
    }

    void run() throws SQLException, InterruptedException {
        Thread keeper = Thread.ofVirtual().name("lease").start(this::keep);
        try {
            if (prepare()) {
                work();
            }
        } catch (UnsupportedModelException unsupported) {
            table.fail(job.id(), holder, "unsupported_model", String.valueOf(unsupported.getMessage()));
        } catch (IOException failure) {
            log.warn("job {} failed", job.id(), failure);
            table.fail(job.id(), holder, "server_error", String.valueOf(failure.getMessage()));
        } finally {
            keeper.interrupt();
        }
    }

    /** However long a file takes to be read, the job stays in hand. */
    private void keep() {
        try {
            while (true) {
                Thread.sleep(settings.lease().dividedBy(3));
                table.renew(job.id(), holder, settings.lease());
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } catch (SQLException away) {
            log.warn("job {} can't be held on to: {}", job.id(), away.getMessage());
        }
    }

    /** @return whether there is something to learn from */
    private boolean prepare() throws IOException, SQLException {
        Files.createDirectories(folder);
        if (isModelMissing()) {
            return false;
        }
        Path model = model();
        Path examples = WorkerTask.examples(folder);
        if (!Files.exists(examples)) {
            Optional<String> words = readFiles(model, examples);
            if (words.isEmpty() || !table.running(job.id(), holder, words.get())) {
                return false;
            }
        } else if (!table.running(job.id(), holder, "The job goes on")) {
            return false;
        }
        new WorkerTask(
                        model.toString(),
                        job.spec().model(),
                        settings.threads(),
                        job.spec().method(),
                        job.spec().lora(),
                        job.spec().training(),
                        job.spec().validation().map(JobSpec.Validation::every).orElse(OptionalLong.empty()),
                        job.spec().mix().map(JobSpec.Mix::share).orElse(0.0))
                .write(folder);
        return true;
    }

    private Path model() {
        return Objects.requireNonNull(settings.models().get(job.spec().model()));
    }

    /** Fails the job if there is nothing to train any more. */
    private boolean isModelMissing() throws SQLException {
        Optional<String> missing = settings.missing(job.spec().model());
        if (missing.isPresent()) {
            table.fail(job.id(), holder, "model_not_found", missing.get());
        }
        return missing.isPresent();
    }

    /** @return what to say of them; empty if there is nothing to learn from, and the job has failed */
    private Optional<String> readFiles(Path model, Path examples) throws IOException, SQLException {
        String words = "";
        if (job.spec().validation().isPresent()) {
            // first: whole training examples are the sign that all has been read
            JobSpec.Validation validation = job.spec().validation().get();
            Optional<DataSet.Report> unseen = read(
                    model,
                    new DataFile("validation_file", validation.file(), validation.format()),
                    WorkerTask.heldOut(folder));
            if (unseen.isEmpty()) {
                return Optional.empty();
            }
            words = ". Of " + unseen.get().examples() + " held-out examples nothing is learnt";
        }
        if (job.spec().mix().isPresent()) {
            JobSpec.Mix mix = job.spec().mix().get();
            Optional<DataSet.Report> general =
                    read(model, new DataFile("mix_file", mix.file(), mix.format()), WorkerTask.general(folder));
            if (general.isEmpty()) {
                return Optional.empty();
            }
            words += ". " + general.get().examples() + " general examples may be mixed in";
        }
        String after = words;
        return read(
                        model,
                        new DataFile(
                                "training_file",
                                job.spec().trainingFile(),
                                job.spec().format()),
                        examples)
                .map(report -> words(report) + after);
    }

    /**
     * A file of rows.
     *
     * @param field of the request that names it
     * @param name within the service's folder of files
     * @param format empty for what the file itself says
     */
    private record DataFile(String field, String name, Optional<DataFormat> format) {}

    private static String words(DataSet.Report report) {
        return "The file has " + report.examples() + " examples of " + report.tokens() + " tokens, of which "
                + report.scoredTokens() + " are learnt"
                + (report.tooLong() == 0 ? "" : "; " + report.tooLong() + " are too long and were left out");
    }

    private Optional<DataSet.Report> read(Path model, DataFile data, Path examples) throws IOException, SQLException {
        Path file = settings.files().resolve(data.name()).normalize();
        if (!file.startsWith(settings.files().normalize()) || !Files.isRegularFile(file)) {
            table.fail(job.id(), holder, "file_not_found", data.field() + ": there is no file \"" + data.name() + "\"");
            return Optional.empty();
        }
        String as = examples.getFileName().toString();
        Path partial = folder.resolve(as + ".partial");
        DataSet.Report report;
        try (ModelFile open = ModelFile.open(model)) {
            DataSet.Settings reading = new DataSet.Settings(
                    job.spec().method().pairs(),
                    Math.min(job.spec().longestTokens(), open.config().contextTokens()),
                    open.endToken());
            DataFormat format = data.format().isPresent() ? data.format().get() : DataFormat.of(file);
            report = DataSet.build(file, format, reading, tokens.of(job.spec().model()), partial);
            if (report.problems().isEmpty() && data.field().equals(samples.source())) {
                samples.keep(report, reading.end());
            }
        }
        if (!report.problems().isEmpty()) {
            String all = report.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"));
            table.fail(job.id(), holder, "invalid_" + data.field(), all);
            return Optional.empty();
        }
        Files.move(
                folder.resolve(as + ".partial.index"),
                folder.resolve(as + ".index"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, examples, StandardCopyOption.ATOMIC_MOVE);
        return Optional.of(report);
    }

    /** Starts workers until one comes to an end. */
    private void work() throws IOException, SQLException, InterruptedException {
        while (true) {
            try (WorkerProcess worker = new WorkerProcess(settings.command(), folder)) {
                log.info("job {} has a worker, process {}", job.id(), worker.pid());
                if (watch(worker)) {
                    return;
                }
                if (isModelMissing()) {
                    return;
                }
                OptionalInt deaths = table.died(
                        job.id(), holder, "The worker died; the job goes on from its last checkpoint in another");
                if (deaths.isEmpty()) {
                    return;
                }
                if (deaths.getAsInt() >= DEATHS) {
                    table.fail(
                            job.id(),
                            holder,
                            "worker_died",
                            "the worker died " + deaths.getAsInt() + " times without a step, the last time with status "
                                    + worker.exit() + "; its log is " + worker.log());
                    return;
                }
            }
        }
    }

    /** @return whether the job is out of hand; else the worker died */
    private boolean watch(WorkerProcess worker) throws IOException, SQLException, InterruptedException {
        long heard = System.nanoTime();
        boolean stopping = false;
        while (true) {
            Optional<WorkerProcess.Word> word = worker.next(GLANCE);
            if (word.isPresent()) {
                heard = System.nanoTime();
                switch (word.get()) {
                    case WorkerProcess.Word.Ended() -> {
                        return false;
                    }
                    case WorkerProcess.Word.Message(WorkerMessage message) -> {
                        if (heed(message)) {
                            return true;
                        }
                    }
                }
            } else if (System.nanoTime() - heard > settings.patience().toNanos()) {
                return false;
            }
            switch (table.renew(job.id(), holder, settings.lease())) {
                case GO_ON -> {}
                case PAUSE -> {
                    if (!stopping) {
                        worker.stop();
                        stopping = true;
                    }
                }
                case CANCEL -> {
                    table.leave(job.id(), holder, JobStatus.CANCELLED, "The job is cancelled");
                    return true;
                }
                case LOST -> {
                    return true;
                }
            }
        }
    }

    /** @return whether the job is out of hand */
    private boolean heed(WorkerMessage message) throws IOException, SQLException {
        switch (message.kind()) {
            case HEARTBEAT -> {
                return false;
            }
            case STEP -> {
                StepReport report = message.report().orElseThrow();
                return !table.stepped(job.id(), holder, report, samples.read(report.answers()));
            }
            case STOPPED -> table.leave(job.id(), holder, JobStatus.PAUSED, "The job is paused");
            case DIVERGED -> table.fail(job.id(), holder, "diverged", message.text());
            case REFUSED -> table.fail(job.id(), holder, "invalid_job", message.text());
            case FINISHED -> finish();
        }
        return true;
    }

    private void finish() throws IOException, SQLException {
        Path last = new Checkpoints(WorkerTask.checkpoints(folder), job.spec().model())
                .all()
                .getLast();
        if (table.renew(job.id(), holder, settings.lease()) == Hold.LOST) {
            return;
        }
        String name = job.spec().adapter();
        if (job.spec().wholeModel()) {
            String path = adapters.publishModel(job, model(), last, mark(folder));
            table.succeed(
                    job.id(),
                    holder,
                    "The model is trained: " + path + " in the model store; ./millrace up --model " + name
                            + " serves it",
                    false);
            return;
        }
        adapters.publish(job, last);
        if (job.spec().method().scores()) {
            String path = AdapterStore.path(job.spec());
            table.succeed(
                    job.id(),
                    holder,
                    "The reward model is trained: " + path + " in the model store, an adapter with the head score;"
                            + " engines don't serve it",
                    false);
            return;
        }
        table.succeed(job.id(), holder, "The model is trained: " + job.spec().model() + ":" + name, true);
    }
}
