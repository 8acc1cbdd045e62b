package dev.millrace.training.jobs;

/** What is to be done with a job in hand. */
enum Hold {
    GO_ON,
    PAUSE,
    CANCEL,
    /** Another service has it, or it has ended. */
    LOST;

    static Hold of(String wish) {
        return switch (wish) {
            case "pause" -> PAUSE;
            case "cancel" -> CANCEL;
            default -> GO_ON;
        };
    }
}
