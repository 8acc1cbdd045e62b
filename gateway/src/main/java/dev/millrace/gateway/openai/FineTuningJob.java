package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.Hyperparameters;
import dev.millrace.contracts.v1.JobSpec;
import dev.millrace.contracts.v1.Lora;
import dev.millrace.contracts.v1.TrainingJob;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** OpenAI's object of a job; what they don't have is in {@code millrace}. */
record FineTuningJob(
        String object,
        String id,
        String model,
        long createdAt,
        Optional<Long> finishedAt,
        Optional<String> fineTunedModel,
        String organizationId,
        List<String> resultFiles,
        String status,
        Optional<String> validationFile,
        String trainingFile,
        Known hyperparameters,
        Optional<Long> trainedTokens,
        Optional<Failure> error,
        String userProvidedSuffix,
        long seed,
        Optional<Long> estimatedFinish,
        List<String> integrations,
        Map<String, String> metadata,
        Method method,
        Ours millrace) {
    private static final double MILLIS = 1_000;

    record Failure(String code, String message, Optional<String> param) {}

    /** Hyperparameters that OpenAI knows. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Known(int nEpochs, int batchSize, double learningRateMultiplier, Optional<Double> beta) {}

    record Settings(Known hyperparameters) {}

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Method(String type, Optional<Settings> supervised, Optional<Settings> dpo, Optional<Settings> reward) {}

    /**
     * When what came, in seconds since 1970 with thousandths.
     *
     * @param finished when it ended; of a job that has succeeded its result lay in the model store then
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Times(double accepted, Optional<Double> firstStep, Optional<Double> lastStep, Optional<Double> finished) {}

    /** The rest of what a job is made of, and how far it is. */
    record Ours(
            String adapter,
            long step,
            long totalSteps,
            Times times,
            int priority,
            double learningRate,
            String schedule,
            long warmupSteps,
            Optional<Long> maxSteps,
            int gradientAccumulation,
            double weightDecay,
            double maxGradNorm,
            long checkpointEvery,
            int maxTokens,
            int samples,
            boolean fullWeights,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<LoraShape> lora,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> loss) {}

    record LoraShape(
            int rank, double alpha, boolean rankStabilized, double dropout, List<String> targetModules, boolean dora) {}

    static FineTuningJob of(TrainingJob job) {
        JobSpec spec = job.getSpec();
        boolean ended = job.getFinishedAtMillis() > 0;
        return new FineTuningJob(
                "fine_tuning.job",
                job.getId(),
                spec.getModel(),
                job.getCreatedAtMillis() / 1_000,
                seconds(job.getFinishedAtMillis()),
                text(job.getFineTunedModel()),
                spec.getTenant(),
                ResultFiles.of(job),
                job.getStatus(),
                text(spec.getValidationFile()),
                spec.getTrainingFile(),
                known(spec),
                ended ? Optional.of(job.getTrainedTokens()) : Optional.empty(),
                error(job),
                spec.getAdapter(),
                spec.getHyperparameters().getSeed(),
                seconds(job.getEstimatedFinishMillis()),
                List.of(),
                spec.getMetadataMap(),
                method(spec),
                ours(job));
    }

    private static Method method(JobSpec spec) {
        Optional<Settings> settings = Optional.of(new Settings(known(spec)));
        Optional<Settings> none = Optional.empty();
        return switch (spec.getMethodCase()) {
            case PREFERENCE -> new Method("dpo", none, settings, none);
            case REWARD -> new Method("reward", none, none, settings);
            case SUPERVISED, METHOD_NOT_SET -> new Method("supervised", settings, none, none);
        };
    }

    private static Known known(JobSpec spec) {
        Hyperparameters numbers = spec.getHyperparameters();
        return new Known(
                numbers.getEpochs(),
                numbers.getBatchSize(),
                numbers.getLearningRateMultiplier(),
                spec.hasPreference() ? Optional.of(spec.getPreference().getBeta()) : Optional.empty());
    }

    private static Ours ours(TrainingJob job) {
        JobSpec spec = job.getSpec();
        Hyperparameters numbers = spec.getHyperparameters();
        Lora lora = spec.getLora();
        return new Ours(
                spec.getAdapter(),
                job.getStep(),
                job.getTotalSteps(),
                new Times(
                        job.getCreatedAtMillis() / MILLIS,
                        exact(job.getFirstStepAtMillis()),
                        exact(job.getLastStepAtMillis()),
                        exact(job.getFinishedAtMillis())),
                spec.getPriority(),
                numbers.getLearningRate(),
                numbers.getSchedule().name().toLowerCase(Locale.ROOT),
                numbers.getWarmupSteps(),
                Optional.of(numbers.getMaxSteps()).filter(steps -> steps > 0),
                numbers.getGradientAccumulation(),
                numbers.getWeightDecay(),
                numbers.getMaxGradNorm(),
                numbers.getCheckpointEvery(),
                numbers.getMaxTokens(),
                spec.getSamples(),
                spec.getFullWeights(),
                spec.getFullWeights()
                        ? Optional.empty()
                        : Optional.of(new LoraShape(
                                lora.getRank(),
                                lora.getAlpha(),
                                lora.getRankStabilized(),
                                lora.getDropout(),
                                List.copyOf(lora.getTargetModulesList()),
                                lora.getDora())),
                spec.hasPreference()
                        ? Optional.of(spec.getPreference().getLoss().name().toLowerCase(Locale.ROOT))
                        : Optional.empty());
    }

    private static Optional<Failure> error(TrainingJob job) {
        if (job.getErrorCode().isEmpty()) {
            return Optional.empty();
        }
        String message = job.getErrorMessage();
        Optional<String> param = Stream.of("training_file", "validation_file", "mix_file")
                .filter(file -> job.getErrorCode().equals("invalid_" + file) || message.startsWith(file + ":"))
                .findFirst();
        return Optional.of(new Failure(job.getErrorCode(), message, param));
    }

    private static Optional<Double> exact(long millis) {
        return millis == 0 ? Optional.empty() : Optional.of(millis / MILLIS);
    }

    private static Optional<Long> seconds(long millis) {
        return millis == 0 ? Optional.empty() : Optional.of(millis / 1_000);
    }

    private static Optional<String> text(String text) {
        return Optional.of(text).filter(there -> !there.isEmpty());
    }
}
