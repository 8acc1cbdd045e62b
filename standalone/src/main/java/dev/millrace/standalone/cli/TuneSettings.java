package dev.millrace.standalone.cli;

import java.util.Optional;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** How a model is taught; what is left out is the platform's default. */
final class TuneSettings {
    @Option(names = "--epochs", paramLabel = "N", description = "How often each example is seen (default: 3).")
    private Optional<Integer> epochs = Optional.empty();

    @Option(names = "--batch-size", paramLabel = "N", description = "Examples to a step (default: 4).")
    private Optional<Integer> batchSize = Optional.empty();

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description =
                    "The highest one (default: 2e-4 for sft, 5e-5 for dpo, 1e-4 for reward; with --full 2e-5 and 1e-6).")
    private Optional<Double> learningRate = Optional.empty();

    @Option(
            names = "--schedule",
            paramLabel = "cosine|linear|constant",
            description = "How the learning rate falls (default: cosine).")
    private Optional<String> schedule = Optional.empty();

    @Option(names = "--warmup-steps", paramLabel = "N", description = "Steps over which it rises (default: 0).")
    private Optional<Long> warmupSteps = Optional.empty();

    @Option(names = "--max-steps", paramLabel = "N", description = "End after so many steps.")
    private Optional<Long> maxSteps = Optional.empty();

    @Option(names = "--rank", paramLabel = "N", description = "Of the adapter (default: 16).")
    private Optional<Integer> rank = Optional.empty();

    @Option(names = "--alpha", paramLabel = "X", description = "Of the adapter (default: twice the rank).")
    private Optional<Double> alpha = Optional.empty();

    @Option(names = "--dropout", paramLabel = "X", description = "Of the adapter's inputs (default: 0).")
    private Optional<Double> dropout = Optional.empty();

    @Option(names = "--beta", paramLabel = "X", description = "Of dpo: how close it stays to the model (default: 0.1).")
    private Optional<Double> beta = Optional.empty();

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Longer examples are left out, and counted (default: 1024).")
    private Optional<Integer> maxTokens = Optional.empty();

    @Option(
            names = "--early-stopping",
            paramLabel = "N",
            description = "With --validation: end after N looks at it without a lower loss.")
    private Optional<Integer> earlyStopping = Optional.empty();

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "With --validation: steps between two looks at it (default: once an epoch).")
    private Optional<Long> evaluateEvery = Optional.empty();

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = {
                "Show what the model says to N examples: as it was, and at each look at --validation, else once an epoch",
                "(default: 3 with --validation or --report, else 0)."
            })
    private Optional<Integer> samples = Optional.empty();

    @Option(
            names = "--neftune-alpha",
            paramLabel = "X",
            description = "Noise of the embeddings; 5 is usual (default: none).")
    private Optional<Double> neftuneAlpha = Optional.empty();

    @Option(
            names = "--less-memory",
            description = "Compute layers twice instead of keeping them: to the same model, more slowly.")
    private boolean lessMemory;

    @Option(
            names = "--frozen",
            paramLabel = "float32|same|nf4|q8",
            description =
                    "How the model's own matrices are kept: as in its file, in 4 bits (QLoRA), in 8 bits, which is the fastest (default: float32).")
    private Optional<String> frozen = Optional.empty();

    @Option(
            names = "--mix-share",
            paramLabel = "X",
            description = "With --mix: which share of the examples come from it (default: 0.1).")
    private Optional<Double> mixShare = Optional.empty();

    @Option(
            names = "--l2-sp",
            paramLabel = "X",
            description = "Hold the weights near those that the model had (default: 0).")
    private Optional<Double> distance = Optional.empty();

    @Option(
            names = "--ewc",
            paramLabel = "X",
            description = "With --mix: the same, each weight as much as it matters there (default: 0).")
    private Optional<Double> elastic = Optional.empty();

    @Option(names = "--dora", description = "Train magnitudes, too: often better at small ranks, and somewhat slower.")
    private boolean dora;

    @Option(
            names = "--full",
            description = "Train all weights, and no adapter: what comes of it is a model of its own.")
    private boolean full;

    @Option(names = "--seed", paramLabel = "N", description = "The same seed gives the same model (default: 42).")
    private Optional<Long> seed = Optional.empty();

    /** Adds them to a request, in OpenAI's fields where there are some. */
    void write(ObjectNode request, String method) throws Unable {
        String type = switch (method) {
            case "sft", "supervised" -> "supervised";
            case "dpo" -> "dpo";
            case "reward" -> "reward";
            default -> throw new Unable("--method must be sft, dpo or reward, was " + method + ".");
        };
        if (beta.isPresent() && !type.equals("dpo")) {
            throw new Unable("--beta is for --method dpo.");
        }
        ObjectNode known =
                request.putObject("method").put("type", type).putObject(type).putObject("hyperparameters");
        epochs.ifPresent(value -> known.put("n_epochs", value.intValue()));
        batchSize.ifPresent(value -> known.put("batch_size", value.intValue()));
        beta.ifPresent(value -> known.put("beta", value.doubleValue()));
        seed.ifPresent(value -> request.put("seed", value.longValue()));
        ObjectNode ours = request.putObject("millrace");
        learningRate.ifPresent(value -> ours.put("learning_rate", value.doubleValue()));
        schedule.ifPresent(value -> ours.put("schedule", value));
        warmupSteps.ifPresent(value -> ours.put("warmup_steps", value.longValue()));
        maxSteps.ifPresent(value -> ours.put("max_steps", value.longValue()));
        maxTokens.ifPresent(value -> ours.put("max_tokens", value.intValue()));
        earlyStopping.ifPresent(value -> ours.put("early_stopping_patience", value.intValue()));
        evaluateEvery.ifPresent(value -> ours.put("evaluate_every", value.longValue()));
        samples.ifPresent(value -> ours.put("samples", value.intValue()));
        neftuneAlpha.ifPresent(value -> ours.put("neftune_noise_alpha", value.doubleValue()));
        mixShare.ifPresent(value -> ours.put("mix_share", value.doubleValue()));
        distance.ifPresent(value -> ours.put("l2_sp", value.doubleValue()));
        elastic.ifPresent(value -> ours.put("ewc", value.doubleValue()));
        if (lessMemory) {
            ours.put("gradient_checkpointing", true);
        }
        frozen.ifPresent(value -> ours.put("frozen", value));
        if (full) {
            ours.put("full_weights", true);
            if (rank.isPresent() || alpha.isPresent() || dropout.isPresent() || dora || frozen.isPresent()) {
                throw new Unable(
                        "--rank, --alpha, --dropout, --dora and --frozen are an adapter's: with --full there is"
                                + " none, and nothing is frozen.");
            }
            return;
        }
        ObjectNode lora = ours.putObject("lora");
        rank.ifPresent(value -> lora.put("rank", value.intValue()));
        alpha.ifPresent(value -> lora.put("alpha", value.doubleValue()));
        dropout.ifPresent(value -> lora.put("dropout", value.doubleValue()));
        if (dora) {
            lora.put("dora", true);
        }
    }
}
