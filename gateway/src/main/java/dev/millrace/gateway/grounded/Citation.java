package dev.millrace.gateway.grounded;

/**
 * A file that an answer rests on.
 *
 * @param index where in the answer, in UTF-16 units: the end of the sentence
 */
public record Citation(String fileId, String filename, int index) {}
