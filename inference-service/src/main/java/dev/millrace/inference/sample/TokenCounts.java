package dev.millrace.inference.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** How often each id occurs in a prompt and in its answer so far: an open hash table, so that a step allocates nothing. */
public final class TokenCounts {
    private static final int EMPTY = -1;

    private int[] ids = new int[64];
    private int[] inAnswer = new int[64];
    private int size;

    public TokenCounts() {
        Arrays.fill(ids, EMPTY);
    }

    public void addPrompt(int id) {
        slot(id);
    }

    public void addAnswer(int id) {
        // in two steps: finding the slot may replace the table
        int slot = slot(id);
        inAnswer[slot]++;
    }

    void penalise(SamplingParameters parameters, MemorySegment logits) {
        for (int slot = 0; slot < ids.length; slot++) {
            int id = ids[slot];
            if (id == EMPTY) {
                continue;
            }
            float logit = logits.getAtIndex(JAVA_FLOAT, id);
            logit = logit > 0 ? logit / parameters.repetitionPenalty() : logit * parameters.repetitionPenalty();
            if (inAnswer[slot] > 0) {
                logit -= parameters.presencePenalty() + parameters.frequencyPenalty() * inAnswer[slot];
            }
            logits.setAtIndex(JAVA_FLOAT, id, logit);
        }
    }

    private int slot(int id) {
        if (size * 2 >= ids.length) {
            grow();
        }
        int slot = find(id);
        if (ids[slot] == EMPTY) {
            ids[slot] = id;
            size++;
        }
        return slot;
    }

    private int find(int id) {
        int mask = ids.length - 1;
        int slot = (id * 0x9e3779b9) >>> 7 & mask;
        while (ids[slot] != EMPTY && ids[slot] != id) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        int[] oldIds = ids;
        int[] oldCounts = inAnswer;
        ids = new int[oldIds.length * 2];
        inAnswer = new int[ids.length];
        Arrays.fill(ids, EMPTY);
        for (int i = 0; i < oldIds.length; i++) {
            if (oldIds[i] != EMPTY) {
                int slot = find(oldIds[i]);
                ids[slot] = oldIds[i];
                inAnswer[slot] = oldCounts[i];
            }
        }
    }
}
