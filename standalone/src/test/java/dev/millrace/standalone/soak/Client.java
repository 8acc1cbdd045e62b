package dev.millrace.standalone.soak;

/** How one who asked behaves. */
sealed interface Client {
    /** Reads whatever comes at once. */
    record Eager() implements Client {}

    /** Rests after each event, but never falls so far behind as to be thrown out. */
    record Slow(int pauseMillis) implements Client {}

    /** Reads nothing until it has been thrown out for it. */
    record Absent() implements Client {}

    /** Goes away after some events. */
    record Leaving(int afterEvents) implements Client {}
}
