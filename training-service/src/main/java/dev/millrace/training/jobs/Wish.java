package dev.millrace.training.jobs;

/** What may be wanted of a job. */
public enum Wish {
    PAUSE("pause", JobStatus.PAUSED, "The job is paused"),
    CANCEL("cancel", JobStatus.CANCELLED, "The job is cancelled"),
    RESUME("resume", JobStatus.QUEUED, "The job is queued again");

    final String word;
    final JobStatus becomes;
    final String message;

    Wish(String word, JobStatus becomes, String message) {
        this.word = word;
        this.becomes = becomes;
        this.message = message;
    }

    /** Whether a job in that state, which nobody has in hand, can have it at once. */
    boolean possible(JobStatus status) {
        return switch (this) {
            case PAUSE -> status == JobStatus.QUEUED;
            case CANCEL -> status == JobStatus.QUEUED || status == JobStatus.PAUSED;
            case RESUME -> status == JobStatus.PAUSED;
        };
    }
}
