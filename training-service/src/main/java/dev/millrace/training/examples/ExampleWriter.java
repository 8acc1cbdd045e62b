package dev.millrace.training.examples;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes examples one by one: for each a number of sequences, for each of these its length, its ids, and a byte for each
 * token that says whether it is scored. Beside the file lies an index of where each example begins.
 */
public final class ExampleWriter implements AutoCloseable {
    private final DataOutputStream data;
    private final DataOutputStream index;
    private long position;

    public ExampleWriter(Path file) throws IOException {
        this.data = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        this.index = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(index(file))));
    }

    static Path index(Path file) {
        return file.resolveSibling(file.getFileName() + ".index");
    }

    public void write(Example example) throws IOException {
        index.writeLong(position);
        data.writeInt(example.sequences().size());
        position += 4;
        for (Sequence sequence : example.sequences()) {
            int[] ids = sequence.ids();
            data.writeInt(ids.length);
            for (int id : ids) {
                data.writeInt(id);
            }
            for (int i = 0; i < ids.length; i++) {
                data.writeBoolean(sequence.scored().get(i));
            }
            position += 4 + 5L * ids.length;
        }
    }

    @Override
    public void close() throws IOException {
        try (data;
                index) {
            index.writeLong(position);
        }
    }
}
