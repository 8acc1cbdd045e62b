package dev.millrace.training.jobs;

import dev.millrace.training.jobs.JobEvent.Sample;

/** A sample after a step; 0 for the model as it was. */
record Said(long step, Sample sample) {
    private static final int SHOWN = 60;

    String words() {
        String asked = sample.prompt().length() <= SHOWN
                ? sample.prompt()
                : sample.prompt().substring(0, SHOWN) + "...";
        String when = step == 0 ? "Before the first step" : "After step " + step;
        return (when + ", \"" + asked + "\" is answered: " + sample.answer()).replace('\n', ' ');
    }
}
