package dev.millrace.gateway.grounded;

import java.util.Optional;

/**
 * How a question is answered.
 *
 * @param judge of the answer's sentences; absent: the gateway's setting
 * @param stepByStep whether the model reasons before it answers
 */
public record Manner(Optional<Judge> judge, boolean stepByStep) {
    public static final Manner PLAIN = new Manner(Optional.empty(), false);
}
