package dev.millrace.training.jobs;

import java.util.Locale;

/** Where a job is; OpenAI's names in lower case. */
public enum JobStatus {
    QUEUED,
    VALIDATING_FILES,
    RUNNING,
    PAUSED,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    public boolean ended() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }

    /** Whether a service has it in hand. */
    boolean held() {
        return this == VALIDATING_FILES || this == RUNNING;
    }

    /** As it stands in the database and on the wire. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static JobStatus of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
