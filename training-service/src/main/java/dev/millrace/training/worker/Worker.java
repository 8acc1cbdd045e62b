package dev.millrace.training.worker;

import dev.millrace.kernels.weights.AvailableMemory;
import dev.millrace.training.examples.ExampleFile;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.MixedExamples;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.ModelFile;
import dev.millrace.training.model.Trained;
import dev.millrace.training.model.UnsupportedModelException;
import dev.millrace.training.train.Checkpoints;
import dev.millrace.training.train.DivergedException;
import dev.millrace.training.train.MemoryNeed;
import dev.millrace.training.train.Optimizer;
import dev.millrace.training.train.Trainer;
import dev.millrace.training.worker.WorkerMessage.Kind;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The process that trains. A line on its input asks it to stop after the step; the end of its input means that its parent is
 * gone, and it ends at once: its job is another's then.
 */
public final class Worker {
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);
    private static final int ORPHANED = 9;

    private final Path folder;
    private final PrintStream out;
    private final AtomicBoolean stop = new AtomicBoolean();

    private Worker(Path folder, PrintStream out) {
        this.folder = folder;
        this.out = out;
    }

    /** @param arguments the job's folder */
    public static void main(String[] arguments) throws IOException {
        // libraries print where they like: messages have the output for themselves
        PrintStream out = System.out;
        System.setOut(System.err);
        new Worker(Path.of(arguments[0]), new PrintStream(out, true, StandardCharsets.UTF_8)).run();
    }

    private void run() throws IOException {
        Thread.ofPlatform().daemon().name("parent").start(this::listen);
        Thread.ofPlatform().daemon().name("heartbeat").start(this::beat);
        try {
            boolean finished = train(WorkerTask.read(folder));
            tell(WorkerMessage.of(finished ? Kind.FINISHED : Kind.STOPPED, ""));
        } catch (DivergedException diverged) {
            tell(WorkerMessage.of(Kind.DIVERGED, String.valueOf(diverged.getMessage())));
        } catch (UnsupportedModelException | IllegalArgumentException refused) {
            tell(WorkerMessage.of(Kind.REFUSED, String.valueOf(refused.getMessage())));
        }
    }

    private boolean train(WorkerTask task) throws IOException {
        if (task.lora().isEmpty()) {
            requireMemory(task);
        }
        try (Decoder decoder = Decoder.load(
                        Path.of(task.model()), task.threads(), task.training().frozen());
                ExampleFile examples = new ExampleFile(WorkerTask.examples(folder))) {
            Trained trained = trained(decoder, task);
            if (!Files.exists(WorkerTask.general(folder))) {
                return train(task, trainer(decoder, trained, task, examples));
            }
            try (ExampleFile general = new ExampleFile(WorkerTask.general(folder))) {
                Examples mixed = new MixedExamples(
                        examples, general, task.mixShare(), task.training().seed());
                Trainer trainer = trainer(decoder, trained, task, mixed);
                trainer.remember(general);
                return train(task, trainer);
            }
        }
    }

    private static Trainer trainer(Decoder decoder, Trained trained, WorkerTask task, Examples examples) {
        Optimizer optimizer =
                task.training().optimizer(trained.parameters(), decoder.torch().root());
        return new Trainer(decoder, trained, task.method().method(), optimizer, task.training(), examples);
    }

    private boolean train(WorkerTask task, Trainer trainer) throws IOException {
        WorkerTask.prompts(folder).ifPresent(trainer::ask);
        Path heldOut = WorkerTask.heldOut(folder);
        if (!Files.exists(heldOut)) {
            return run(trainer, task);
        }
        try (ExampleFile unseen = new ExampleFile(heldOut)) {
            trainer.evaluateOn(unseen, task.evaluateEvery());
            return run(trainer, task);
        }
    }

    private static Trained trained(Decoder decoder, WorkerTask task) {
        if (task.lora().isEmpty()) {
            return decoder.whole();
        }
        long seed = task.training().seed();
        return task.method().scores()
                ? decoder.adaptForRewards(task.lora().get(), seed)
                : decoder.adapt(task.lora().get(), seed);
    }

    private void requireMemory(WorkerTask task) throws IOException {
        long longest = longest(WorkerTask.examples(folder));
        if (Files.exists(WorkerTask.general(folder))) {
            longest = Math.max(longest, longest(WorkerTask.general(folder)));
        }
        try (ModelFile model = ModelFile.open(Path.of(task.model()))) {
            MemoryNeed.of(model, task.training(), longest * task.training().batchSize())
                    .require(AvailableMemory.bytes());
        }
    }

    /** Tokens of the longest example of a file. */
    private static long longest(Path file) throws IOException {
        try (ExampleFile examples = new ExampleFile(file)) {
            long longest = 0;
            for (int i = 0; i < examples.size(); i++) {
                longest = Math.max(longest, examples.get(i).tokens());
            }
            return longest;
        }
    }

    private boolean run(Trainer trainer, WorkerTask task) throws IOException {
        Checkpoints checkpoints = new Checkpoints(WorkerTask.checkpoints(folder), task.baseModel());
        return trainer.run(checkpoints, report -> {
            tell(new WorkerMessage(Kind.STEP, Optional.of(report), ""));
            return !stop.get();
        });
    }

    private void listen() {
        try {
            if (System.in.read() < 0) {
                Runtime.getRuntime().halt(ORPHANED);
            }
            stop.set(true);
            while (System.in.read() >= 0) {
                // told once is enough; what counts now is the end
            }
        } catch (IOException gone) {
            out.println("the parent can't be heard: " + gone);
        }
        Runtime.getRuntime().halt(ORPHANED);
    }

    private void beat() {
        try {
            while (true) {
                tell(WorkerMessage.of(Kind.HEARTBEAT, ""));
                Thread.sleep(HEARTBEAT);
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void tell(WorkerMessage message) {
        out.println(message.line());
    }
}
