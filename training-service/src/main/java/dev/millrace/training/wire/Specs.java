package dev.millrace.training.wire;

import dev.millrace.contracts.v1.Hyperparameters;
import dev.millrace.contracts.v1.Lora;
import dev.millrace.contracts.v1.Preference;
import dev.millrace.contracts.v1.Reward;
import dev.millrace.contracts.v1.Supervised;
import dev.millrace.training.data.DataFormat;
import dev.millrace.training.jobs.JobSpec;
import dev.millrace.training.method.DirectPreference;
import dev.millrace.training.method.MethodChoice;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.train.Schedule;
import dev.millrace.training.train.TrainingSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** What a job is to do, on the wire and in here; what the wire leaves out becomes the default that the contract names. */
public final class Specs {
    private static final double USUAL_MIX = 0.1;

    private Specs() {}

    /**
     * @param id of the job, whose adapter has that name where the request gives none
     * @throws IllegalArgumentException with the field and its value, if something can't be
     */
    public static JobSpec read(dev.millrace.contracts.v1.JobSpec spec, String id) {
        MethodChoice method = method(spec);
        return new JobSpec(
                spec.getModel(),
                spec.getTrainingFile(),
                spec.getAdapter().isEmpty() ? id : spec.getAdapter(),
                spec.getTenant(),
                spec.getPriority(),
                method,
                lora(spec),
                training(spec.getHyperparameters(), usualRate(method, spec.getFullWeights())),
                or(spec.getHyperparameters().getMaxTokens(), 1024),
                validation(spec),
                spec.getMetadataMap(),
                format("training_format", spec.getTrainingFormat(), spec.getTrainingFile()),
                mix(spec),
                spec.hasSamples() ? OptionalInt.of(spec.getSamples()) : OptionalInt.empty());
    }

    private static Optional<JobSpec.Mix> mix(dev.millrace.contracts.v1.JobSpec spec) {
        if (spec.getMixFile().isEmpty()) {
            if (spec.hasMixShare()) {
                throw new IllegalArgumentException(
                        "mix_share is " + spec.getMixShare() + ", and there is no mix_file to mix in");
            }
            return Optional.empty();
        }
        return Optional.of(new JobSpec.Mix(
                spec.getMixFile(),
                spec.hasMixShare() ? spec.getMixShare() : USUAL_MIX,
                format("mix_format", spec.getMixFormat(), spec.getMixFile())));
    }

    /** As the request says it, else as the file's name does. */
    private static Optional<DataFormat> format(String field, String format, String file) {
        return format.isEmpty() ? DataFormat.named(file) : Optional.of(DataFormat.of(field, format));
    }

    /**
     * What can be told of a job whose settings can't be: its names, and defaults for the rest.
     *
     * @throws IllegalArgumentException if not even its names can be
     */
    public static JobSpec names(dev.millrace.contracts.v1.JobSpec spec, String id) {
        return read(
                dev.millrace.contracts.v1.JobSpec.newBuilder()
                        .setModel(spec.getModel())
                        .setTrainingFile(spec.getTrainingFile())
                        .setAdapter(spec.getAdapter())
                        .setTenant(spec.getTenant())
                        .build(),
                id);
    }

    private static Optional<JobSpec.Validation> validation(dev.millrace.contracts.v1.JobSpec spec) {
        long every = spec.getHyperparameters().getEvaluateEvery();
        if (spec.getValidationFile().isEmpty()) {
            if (every != 0) {
                throw new IllegalArgumentException(
                        "evaluate_every is " + every + ", and there is no validation_file to look at");
            }
            int patience = spec.getHyperparameters().getEarlyStoppingPatience();
            if (patience != 0) {
                throw new IllegalArgumentException(
                        "early_stopping_patience is " + patience + ", and there is no validation_file to look at");
            }
            return Optional.empty();
        }
        return Optional.of(new JobSpec.Validation(
                spec.getValidationFile(),
                every == 0 ? OptionalLong.empty() : OptionalLong.of(every),
                format("validation_format", spec.getValidationFormat(), spec.getValidationFile())));
    }

    private static MethodChoice method(dev.millrace.contracts.v1.JobSpec spec) {
        return switch (spec.getMethodCase()) {
            case SUPERVISED, METHOD_NOT_SET -> MethodChoice.supervised();
            case PREFERENCE -> {
                Preference preference = spec.getPreference();
                DirectPreference.Loss loss = switch (preference.getLoss()) {
                    case SIGMOID -> DirectPreference.Loss.SIGMOID;
                    case HINGE -> DirectPreference.Loss.HINGE;
                    case IPO -> DirectPreference.Loss.IPO;
                    case UNRECOGNIZED ->
                        throw new IllegalArgumentException(
                                "preference.loss is " + preference.getLossValue() + ", expected SIGMOID, HINGE or IPO");
                };
                yield MethodChoice.preference(new DirectPreference.Settings(
                        loss,
                        or(preference.getBeta(), 0.1),
                        preference.getLabelSmoothing(),
                        preference.getReferenceFree()));
            }
            case REWARD -> MethodChoice.reward();
        };
    }

    private static Optional<LoraSettings> lora(dev.millrace.contracts.v1.JobSpec spec) {
        if (spec.getFullWeights()) {
            if (spec.hasLora()) {
                throw new IllegalArgumentException(
                        "lora is given and full_weights is true: all weights are trained, or an adapter");
            }
            Hyperparameters.Frozen frozen = spec.getHyperparameters().getFrozen();
            if (frozen != Hyperparameters.Frozen.FLOAT32) {
                throw new IllegalArgumentException(
                        "hyperparameters.frozen is " + frozen + " and full_weights is true: nothing is frozen then");
            }
            return Optional.empty();
        }
        Lora lora = spec.getLora();
        int rank = or(lora.getRank(), 16);
        return Optional.of(new LoraSettings(
                rank,
                or(lora.getAlpha(), 2.0 * rank),
                lora.getRankStabilized(),
                lora.getDropout(),
                lora.getTargetModulesCount() == 0
                        ? Set.copyOf(LoraSettings.ALL_TARGETS)
                        : Set.copyOf(lora.getTargetModulesList()),
                lora.getDora() ? LoraSettings.Form.DORA : LoraSettings.Form.LORA));
    }

    private static TrainingSettings training(Hyperparameters numbers, double usualRate) {
        Schedule.Shape shape = switch (numbers.getSchedule()) {
            case COSINE -> Schedule.Shape.COSINE;
            case LINEAR -> Schedule.Shape.LINEAR;
            case CONSTANT -> Schedule.Shape.CONSTANT;
            case UNRECOGNIZED ->
                throw new IllegalArgumentException("hyperparameters.schedule is " + numbers.getScheduleValue()
                        + ", expected COSINE, LINEAR or CONSTANT");
        };
        return new TrainingSettings(
                or(numbers.getEpochs(), 3),
                numbers.getMaxSteps() == 0 ? OptionalLong.empty() : OptionalLong.of(numbers.getMaxSteps()),
                or(numbers.getBatchSize(), 4),
                or(numbers.getGradientAccumulation(), 1),
                or(numbers.getLearningRate(), usualRate) * or(numbers.getLearningRateMultiplier(), 1),
                shape,
                numbers.getWarmupSteps(),
                numbers.getWeightDecay(),
                or(numbers.getMaxGradNorm(), 1),
                numbers.getSeed() == 0 ? 42 : numbers.getSeed(),
                true,
                numbers.getCheckpointEvery() == 0 ? 50 : numbers.getCheckpointEvery(),
                options(numbers),
                frozen(numbers));
    }

    private static Frozen frozen(Hyperparameters numbers) {
        return switch (numbers.getFrozen()) {
            case FLOAT32 -> Frozen.FLOAT32;
            case SAME -> Frozen.SAME;
            case NF4 -> Frozen.NF4;
            case Q8 -> Frozen.Q8;
            case UNRECOGNIZED ->
                throw new IllegalArgumentException("hyperparameters.frozen is " + numbers.getFrozenValue()
                        + ", expected FLOAT32, SAME, NF4 or Q8");
        };
    }

    private static TrainingSettings.Options options(Hyperparameters numbers) {
        TrainingSettings.Rule rule = switch (numbers.getOptimizer()) {
            case ADAMW -> TrainingSettings.Rule.ADAMW;
            case LAMB -> TrainingSettings.Rule.LAMB;
            case SGD -> TrainingSettings.Rule.SGD;
            case UNRECOGNIZED ->
                throw new IllegalArgumentException("hyperparameters.optimizer is " + numbers.getOptimizerValue()
                        + ", expected ADAMW, LAMB or SGD");
        };
        return new TrainingSettings.Options(
                rule,
                numbers.getMomentum(),
                numbers.getMaxGradValue(),
                numbers.getNeftuneNoiseAlpha(),
                numbers.getGradientCheckpointing(),
                numbers.getEarlyStoppingPatience(),
                new TrainingSettings.Anchor(numbers.getL2Sp(), numbers.getEwc()));
    }

    /** All weights take TRL's; an adapter's matrices, which begin at nothing, higher ones. */
    private static double usualRate(MethodChoice method, boolean fullWeights) {
        return switch (method.kind()) {
            case SUPERVISED -> fullWeights ? 2e-5 : 2e-4;
            case PREFERENCE -> fullWeights ? 1e-6 : 5e-5;
            case REWARD -> 1e-4;
        };
    }

    private static int or(int value, int fallback) {
        return value == 0 ? fallback : value;
    }

    private static double or(double value, double fallback) {
        return value == 0 ? fallback : value;
    }

    /** The same for the wire, all defaults filled in. */
    static dev.millrace.contracts.v1.JobSpec write(JobSpec spec) {
        TrainingSettings training = spec.training();
        dev.millrace.contracts.v1.JobSpec.Builder builder = dev.millrace.contracts.v1.JobSpec.newBuilder()
                .setModel(spec.model())
                .setTrainingFile(spec.trainingFile())
                .setAdapter(spec.adapter())
                .setTenant(spec.tenant())
                .setPriority(spec.priority())
                .setFullWeights(spec.wholeModel())
                .setSamples(spec.prompts())
                .setHyperparameters(Hyperparameters.newBuilder()
                        .setEpochs(training.epochs())
                        .setMaxSteps(training.maxSteps().orElse(0))
                        .setBatchSize(training.batchSize())
                        .setGradientAccumulation(training.accumulation())
                        .setLearningRate(training.learningRate())
                        .setLearningRateMultiplier(
                                training.learningRate() / usualRate(spec.method(), spec.wholeModel()))
                        .setSchedule(Hyperparameters.Schedule.valueOf(
                                training.shape().name()))
                        .setWarmupSteps(training.warmupSteps())
                        .setWeightDecay(training.weightDecay())
                        .setMaxGradNorm(training.clipNorm())
                        .setSeed(training.seed())
                        .setCheckpointEvery(training.checkpointEvery())
                        .setOptimizer(Hyperparameters.Optimizer.valueOf(
                                training.options().rule().name()))
                        .setMomentum(training.options().momentum())
                        .setMaxGradValue(training.options().clipValue())
                        .setNeftuneNoiseAlpha(training.options().noise())
                        .setGradientCheckpointing(training.options().recompute())
                        .setEarlyStoppingPatience(training.options().patience())
                        .setFrozen(
                                Hyperparameters.Frozen.valueOf(training.frozen().name()))
                        .setL2Sp(training.options().anchor().distance())
                        .setEwc(training.options().anchor().elastic())
                        .setMaxTokens(spec.longestTokens()));
        spec.mix().ifPresent(mix -> {
            builder.setMixFile(mix.file()).setMixShare(mix.share());
            mix.format().ifPresent(format -> builder.setMixFormat(format.word()));
        });
        builder.putAllMetadata(spec.metadata());
        spec.lora()
                .ifPresent(lora -> builder.setLora(Lora.newBuilder()
                        .setRank(lora.rank())
                        .setAlpha(lora.alpha())
                        .setRankStabilized(lora.rankStabilized())
                        .setDropout(lora.dropout())
                        .setDora(lora.form() == LoraSettings.Form.DORA)
                        .addAllTargetModules(List.copyOf(lora.targets()))));
        spec.format().ifPresent(format -> builder.setTrainingFormat(format.word()));
        spec.validation().ifPresent(validation -> {
            builder.setValidationFile(validation.file());
            validation.format().ifPresent(format -> builder.setValidationFormat(format.word()));
            builder.getHyperparametersBuilder()
                    .setEvaluateEvery(validation.every().orElse(0));
        });
        switch (spec.method().kind()) {
            case SUPERVISED -> builder.setSupervised(Supervised.getDefaultInstance());
            case PREFERENCE ->
                builder.setPreference(preference(spec.method().preference().orElseThrow()));
            case REWARD -> builder.setReward(Reward.getDefaultInstance());
        }
        return builder.build();
    }

    private static Preference preference(DirectPreference.Settings settings) {
        return Preference.newBuilder()
                .setLoss(Preference.Loss.valueOf(settings.loss().name()))
                .setBeta(settings.beta())
                .setLabelSmoothing(settings.labelSmoothing())
                .setReferenceFree(settings.referenceFree())
                .build();
    }
}
