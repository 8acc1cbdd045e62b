package dev.millrace.standalone.bench;

/**
 * How long a model takes from its file to being ready to compute, in a process that does nothing else.
 *
 * @param firstMillis the first time: the system may have nothing of the file in memory
 * @param againMillis in a second process after it
 * @param residentBytes of that process once the model is loaded and has computed a token; 0 where the system doesn't say
 */
public record Loading(double firstMillis, double againMillis, long residentBytes) {}
