package dev.millrace.inference.model;

import java.lang.foreign.MemorySegment;

/**
 * What a step gives. Both segments belong to the backend and are overwritten by its next step.
 *
 * @param logits [logitsCount, vocabularySize] float32, off-heap
 * @param hidden [hiddenCount, width] float32, off-heap
 */
public record StepResult(MemorySegment logits, MemorySegment hidden) {}
