package dev.millrace.training.wire;

import dev.millrace.contracts.v1.AdapterPublished;
import dev.millrace.contracts.v1.JobProgress;
import dev.millrace.contracts.v1.TrainingEvent;
import dev.millrace.contracts.v1.TrainingJob;
import dev.millrace.contracts.v1.TrainingSample;
import dev.millrace.training.jobs.AdapterStore;
import dev.millrace.training.jobs.Job;
import dev.millrace.training.jobs.JobEvent;
import java.time.Instant;

/** Jobs and events for the wire. */
public final class Messages {
    private Messages() {}

    public static TrainingJob job(Job job, Instant now) {
        return TrainingJob.newBuilder()
                .setId(job.id())
                .setSpec(Specs.write(job.spec()))
                .setStatus(job.status().word())
                .setCreatedAtMillis(job.createdAt().toEpochMilli())
                .setFinishedAtMillis(job.finishedAt().map(Instant::toEpochMilli).orElse(0L))
                .setFirstStepAtMillis(
                        job.firstStepAt().map(Instant::toEpochMilli).orElse(0L))
                .setLastStepAtMillis(job.lastStepAt().map(Instant::toEpochMilli).orElse(0L))
                .setStep(job.step())
                .setTotalSteps(job.totalSteps())
                .setTrainedTokens(job.trainedTokens())
                .setEstimatedFinishMillis(
                        job.estimatedFinish(now).map(Instant::toEpochMilli).orElse(0L))
                .setFineTunedModel(job.fineTunedModel())
                .setErrorCode(job.errorCode())
                .setErrorMessage(job.errorMessage())
                .build();
    }

    public static TrainingEvent event(JobEvent event) {
        TrainingEvent.Builder builder = TrainingEvent.newBuilder()
                .setNumber(event.number())
                .setJobId(event.jobId())
                .setAtMillis(event.at().toEpochMilli())
                .setType(event.sample().isPresent() ? "sample" : event.step() > 0 ? "metrics" : "message")
                .setMessage(event.message())
                .setStep(event.step())
                .putAllMetrics(event.metrics())
                .setStatus(event.status().word());
        event.sample()
                .ifPresent(sample -> builder.setSample(TrainingSample.newBuilder()
                        .setPrompt(sample.prompt())
                        .setWanted(sample.wanted())
                        .setAnswer(sample.answer())));
        return builder.build();
    }

    /** @param job as it stands now, which may be later than the event */
    public static JobProgress progress(JobEvent event, Job job) {
        return JobProgress.newBuilder()
                .setStatus(event.status().word())
                .setEvent(event(event))
                .setTotalSteps(job.totalSteps())
                .setTrainedTokens(job.trainedTokens())
                .build();
    }

    public static AdapterPublished published(Job job) {
        return AdapterPublished.newBuilder()
                .setJobId(job.id())
                .setName(job.spec().adapter())
                .setBaseModel(job.spec().model())
                .setPath(AdapterStore.path(job.spec()))
                .build();
    }
}
