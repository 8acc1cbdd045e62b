package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.Hyperparameters;
import dev.millrace.contracts.v1.JobSpec;
import dev.millrace.contracts.v1.Lora;
import dev.millrace.contracts.v1.Preference;
import dev.millrace.contracts.v1.Reward;
import dev.millrace.contracts.v1.Supervised;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import java.util.function.LongConsumer;
import tools.jackson.databind.JsonNode;

/**
 * A request for a fine-tuning job: OpenAI's fields, and ours in the object {@code millrace}. Values that only the training
 * service knows the bounds of are refused by it.
 *
 * @param spec but for the tenant
 */
record FineTuningRequest(JobSpec spec) {
    private static final int MOST_METADATA = 16;
    private static final int LONGEST_SUFFIX = 64;
    private static final double TINIEST = 1e-12;
    private static final List<String> SCHEDULES = List.of("cosine", "linear", "constant");
    private static final List<String> OPTIMIZERS = List.of("adamw", "lamb", "sgd");
    private static final List<String> FROZEN = List.of("float32", "same", "nf4", "q8");
    private static final List<String> LOSSES = List.of("sigmoid", "hinge", "ipo");

    String trainingFile() {
        return spec.getTrainingFile();
    }

    Optional<String> validationFile() {
        return Optional.of(spec.getValidationFile()).filter(file -> !file.isEmpty());
    }

    Optional<String> mixFile() {
        return Optional.of(spec.getMixFile()).filter(file -> !file.isEmpty());
    }

    static FineTuningRequest read(Fields fields) {
        JobSpec.Builder spec = JobSpec.newBuilder()
                .setModel(fields.requiredString("model"))
                .setTrainingFile(fields.requiredString("training_file"));
        fields.string("validation_file").ifPresent(spec::setValidationFile);
        fields.string("suffix").ifPresent(suffix -> spec.setAdapter(checkedSuffix(suffix)));
        fields.longInteger("seed", 0, Integer.MAX_VALUE)
                .ifPresent(seed -> spec.getHyperparametersBuilder().setSeed(seed));
        fields.object("metadata").ifPresent(metadata -> metadata(metadata, spec));
        fields.unsupported("integrations", value -> value.isArray() && value.isEmpty());
        boolean top = fields.has("hyperparameters");
        Optional<Fields> method = fields.object("method");
        if (method.isPresent()) {
            method(method.get(), spec, top);
        } else {
            spec.setSupervised(Supervised.getDefaultInstance());
        }
        fields.object("hyperparameters").ifPresent(known -> hyperparameters(known, spec));
        fields.object("millrace").ifPresent(ours -> ours(ours, spec));
        fields.refuseOthers();
        return new FineTuningRequest(spec.build());
    }

    private static String checkedSuffix(String suffix) {
        if (!suffix.matches("[A-Za-z0-9][A-Za-z0-9._-]{0," + (LONGEST_SUFFIX - 1) + "}")) {
            throw Refusal.invalid(
                            "suffix",
                            "suffix must be 1 to " + LONGEST_SUFFIX
                                    + " letters, digits, dots, dashes and underscores, was \""
                                    + Fields.shorten(suffix) + "\"")
                    .exception();
        }
        return suffix;
    }

    private static void metadata(Fields metadata, JobSpec.Builder spec) {
        if (metadata.names().size() > MOST_METADATA) {
            throw Refusal.invalid(
                            "metadata",
                            "metadata may have " + MOST_METADATA + " keys at most, had "
                                    + metadata.names().size())
                    .exception();
        }
        for (String name : metadata.names()) {
            spec.putMetadata(name, metadata.requiredString(name));
        }
    }

    private static void method(Fields method, JobSpec.Builder spec, boolean top) {
        String type = method.requiredString("type");
        switch (type) {
            case "supervised" -> spec.setSupervised(Supervised.getDefaultInstance());
            case "dpo" -> spec.setPreference(Preference.getDefaultInstance());
            case "reward" -> spec.setReward(Reward.getDefaultInstance());
            default ->
                throw Refusal.invalid(
                                method.at("type"),
                                method.at("type") + " must be supervised, dpo or reward, was " + Fields.shorten(type))
                        .exception();
        }
        method.object(type).ifPresent(of -> {
            of.object("hyperparameters").ifPresent(known -> {
                if (top) {
                    throw Refusal.invalid(
                                    "hyperparameters",
                                    "hyperparameters are given twice: leave them to "
                                            + known.at("").replaceAll("\\.$", ""))
                            .exception();
                }
                hyperparameters(known, spec);
            });
            of.refuseOthers();
        });
        method.refuseOthers();
    }

    private static void hyperparameters(Fields known, JobSpec.Builder spec) {
        Hyperparameters.Builder numbers = spec.getHyperparametersBuilder();
        whole(known, "n_epochs", 1, 1_000, value -> numbers.setEpochs((int) value));
        whole(known, "batch_size", 1, 1_024, value -> numbers.setBatchSize((int) value));
        number(known, "learning_rate_multiplier", TINIEST, 1e6, numbers::setLearningRateMultiplier);
        if (spec.hasPreference()) {
            number(known, "beta", TINIEST, 100, spec.getPreferenceBuilder()::setBeta);
        }
        known.refuseOthers();
    }

    private static void ours(Fields ours, JobSpec.Builder spec) {
        Hyperparameters.Builder numbers = spec.getHyperparametersBuilder();
        ours.integer("priority", -1_000, 1_000).ifPresent(spec::setPriority);
        number(ours, "learning_rate", TINIEST, 1e6, numbers::setLearningRate);
        choice(ours, "schedule", SCHEDULES)
                .ifPresent(
                        value -> numbers.setSchedule(Hyperparameters.Schedule.valueOf(value.toUpperCase(Locale.ROOT))));
        whole(ours, "warmup_steps", 0, Integer.MAX_VALUE, numbers::setWarmupSteps);
        whole(ours, "max_steps", 1, Integer.MAX_VALUE, numbers::setMaxSteps);
        whole(ours, "gradient_accumulation", 1, 10_000, value -> numbers.setGradientAccumulation((int) value));
        number(ours, "weight_decay", 0, 1e6, numbers::setWeightDecay);
        number(ours, "max_grad_norm", TINIEST, 1e12, numbers::setMaxGradNorm);
        number(ours, "max_grad_value", 0, 1e12, numbers::setMaxGradValue);
        choice(ours, "optimizer", OPTIMIZERS)
                .ifPresent(value ->
                        numbers.setOptimizer(Hyperparameters.Optimizer.valueOf(value.toUpperCase(Locale.ROOT))));
        number(ours, "momentum", 0, 0.999999, numbers::setMomentum);
        number(ours, "neftune_noise_alpha", 0, 1e6, numbers::setNeftuneNoiseAlpha);
        numbers.setGradientCheckpointing(ours.flag("gradient_checkpointing", false));
        choice(ours, "frozen", FROZEN)
                .ifPresent(value -> numbers.setFrozen(Hyperparameters.Frozen.valueOf(value.toUpperCase(Locale.ROOT))));
        whole(ours, "early_stopping_patience", 0, 1_000_000, value -> numbers.setEarlyStoppingPatience((int) value));
        number(ours, "l2_sp", 0, 1e12, numbers::setL2Sp);
        number(ours, "ewc", 0, 1e12, numbers::setEwc);
        ours.string("mix_file").ifPresent(spec::setMixFile);
        number(ours, "mix_share", 0, 0.9, spec::setMixShare);
        whole(ours, "checkpoint_every", 1, Integer.MAX_VALUE, numbers::setCheckpointEvery);
        whole(ours, "evaluate_every", 1, Integer.MAX_VALUE, numbers::setEvaluateEvery);
        whole(ours, "samples", 0, 20, value -> spec.setSamples((int) value));
        whole(ours, "max_tokens", 2, Integer.MAX_VALUE, value -> numbers.setMaxTokens((int) value));
        if (spec.hasPreference()) {
            Preference.Builder preference = spec.getPreferenceBuilder();
            choice(ours, "loss", LOSSES)
                    .ifPresent(value -> preference.setLoss(Preference.Loss.valueOf(value.toUpperCase(Locale.ROOT))));
            number(ours, "label_smoothing", 0, 0.5, preference::setLabelSmoothing);
            preference.setReferenceFree(ours.flag("reference_free", false));
        }
        spec.setFullWeights(ours.flag("full_weights", false));
        ours.object("lora").ifPresent(lora -> lora(lora, spec));
        ours.refuseOthers();
    }

    private static void lora(Fields fields, JobSpec.Builder spec) {
        if (spec.getFullWeights()) {
            throw Refusal.invalid(
                            "millrace.lora",
                            "millrace.lora is given and millrace.full_weights is true: all weights are trained, or an"
                                    + " adapter")
                    .exception();
        }
        Lora.Builder lora = spec.getLoraBuilder();
        whole(fields, "rank", 1, 256, value -> lora.setRank((int) value));
        number(fields, "alpha", TINIEST, 1e6, lora::setAlpha);
        lora.setRankStabilized(fields.flag("rank_stabilized", false));
        number(fields, "dropout", 0, 0.999, lora::setDropout);
        lora.setDora(fields.flag("dora", false));
        lora.addAllTargetModules(fields.list("target_modules", 16, Fields::text));
        fields.refuseOthers();
    }

    /** "auto" is what an absent one is. */
    private static Optional<JsonNode> given(Fields fields, String name) {
        return fields.find(name)
                .filter(value -> !(value.isString() && value.stringValue().equals("auto")));
    }

    private static void whole(Fields fields, String name, long least, long most, LongConsumer take) {
        given(fields, name).ifPresent(value -> take.accept(Fields.integer(value, fields.at(name), least, most)));
    }

    private static void number(Fields fields, String name, double least, double most, DoubleConsumer take) {
        given(fields, name).ifPresent(value -> take.accept(Fields.number(value, fields.at(name), least, most)));
    }

    private static Optional<String> choice(Fields fields, String name, List<String> values) {
        Optional<String> text = fields.string(name);
        text.filter(value -> !values.contains(value)).ifPresent(value -> {
            throw Refusal.of(
                            Kind.INVALID,
                            "invalid_value",
                            fields.at(name) + " must be one of " + String.join(", ", values) + ", was "
                                    + Fields.shorten(value))
                    .at(fields.at(name))
                    .exception();
        });
        return text;
    }
}
