package dev.millrace.standalone.soak;

import dev.millrace.inference.engine.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What has come of the requests so far: counts, and a sample of bounded size of those that were answered. */
final class Tally {
    /** An answered request. */
    record Sample(Request request, Answer answer) {}

    private static final int MOST_PROBLEMS = 20;

    private final int sampleSize;
    private final Random random;
    private final List<Sample> samples = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private int underWay;
    private long accepted;
    private long answered;
    private long left;
    private long thrownOut;
    private long busy;
    private long tooLong;

    Tally(int sampleSize, Random random) {
        this.sampleSize = sampleSize;
        this.random = random;
    }

    synchronized void begun() {
        accepted++;
        underWay++;
    }

    synchronized void busy() {
        busy++;
    }

    synchronized void tooLong() {
        tooLong++;
    }

    synchronized void ended(Request request, Outcome outcome) {
        switch (outcome) {
            case Outcome.Answered(Answer answer) -> {
                answered++;
                sample(new Sample(request, answer));
            }
            case Outcome.Left() -> left++;
            case Outcome.ThrownOut() -> thrownOut++;
            case Outcome.Lost(String why) -> problem(request + ": " + why);
        }
        underWay--;
        notifyAll();
    }

    synchronized void problem(String problem) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(problem);
        }
    }

    /** Waits until fewer requests than this are under way. */
    synchronized void awaitFewerThan(int limit) throws InterruptedException {
        while (underWay >= limit) {
            wait();
        }
    }

    synchronized List<Sample> samples() {
        return List.copyOf(samples);
    }

    synchronized List<String> problems() {
        return List.copyOf(problems);
    }

    synchronized long accepted() {
        return accepted;
    }

    synchronized long thrownOut() {
        return thrownOut;
    }

    @Override
    public synchronized String toString() {
        return accepted + " requests: " + answered + " answered, " + left + " cancelled by their clients, " + thrownOut
                + " ended for clients that did not read; refused: " + busy + " for a full queue, " + tooLong
                + " for their length";
    }

    // each answer has the same chance to be in the sample
    private void sample(Sample sample) {
        if (samples.size() < sampleSize) {
            samples.add(sample);
        } else {
            long place = random.nextLong(answered);
            if (place < sampleSize) {
                samples.set((int) place, sample);
            }
        }
    }
}
