package dev.millrace.training.worker;

import dev.millrace.training.train.StepReport;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker tells its parent, a line each; what else is on its output is chatter.
 *
 * @param kind of message
 * @param report of a step
 * @param text why it failed
 */
public record WorkerMessage(Kind kind, Optional<StepReport> report, String text) {
    private static final String MARK = "@millrace ";

    public enum Kind {
        /** It lives. */
        HEARTBEAT,
        /** A step was made. */
        STEP,
        /** The end was reached. */
        FINISHED,
        /** It stopped as it was told to; a checkpoint was saved. */
        STOPPED,
        /** The weights diverged. */
        DIVERGED,
        /** The job can't be done, however often it is tried. */
        REFUSED
    }

    static WorkerMessage of(Kind kind, String text) {
        return new WorkerMessage(kind, Optional.empty(), text);
    }

    String line() {
        return MARK + JsonMapper.shared().writeValueAsString(this);
    }

    /** @return empty if the line is no message */
    public static Optional<WorkerMessage> read(String line) {
        if (!line.startsWith(MARK)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JsonMapper.shared().readValue(line.substring(MARK.length()), WorkerMessage.class));
        } catch (JacksonException _) {
            return Optional.empty(); // cut off by its death
        }
    }
}
