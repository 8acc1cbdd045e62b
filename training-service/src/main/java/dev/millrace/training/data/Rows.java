package dev.millrace.training.data;

import java.io.IOException;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** A file's rows, one at a time. One that can't be read is bad by itself, and the next may be asked for. */
interface Rows extends AutoCloseable {
    /**
     * The next row.
     *
     * @return empty at the end of the file
     */
    Optional<ObjectNode> next() throws IOException, BadLineException;

    /** Of the row that was read last, from 1. */
    long number();

    /** What the number counts. */
    String unit();

    @Override
    void close() throws IOException;
}
