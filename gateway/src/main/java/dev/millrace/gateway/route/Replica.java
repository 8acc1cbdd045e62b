package dev.millrace.gateway.route;

/**
 * An engine of ours.
 *
 * @param address {@code in-process:NAME} or {@code HOST:PORT}
 */
public record Replica(String address) {}
