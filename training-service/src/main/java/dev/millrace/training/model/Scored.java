package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;

/**
 * Scored rows. The gradient of each row's log-probability is known already, so any loss over log-probabilities is
 * differentiated by saying how much each of them counts: logits are computed once, and never exist whole.
 *
 * @param rows which ones, of what came out of the last layer
 * @param labels of each row
 * @param normed those rows
 * @param slopes of each log-probability by its normed row; empty where no backward pass is to come
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Scored(
        Trace trace,
        NDArray rows,
        NDArray labels,
        Norm.Kept normed,
        NDArray slopes,
        double[] logps,
        boolean[] hits,
        double[] meanLogits) {}
