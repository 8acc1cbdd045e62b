package dev.millrace.rag.index;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.store.NoLockFactory;

/**
 * Maps an index into memory but for the floats of its vectors, which are two thirds of it. The graph goes over vectors of 8
 * bits; of the floats a question reads a hundred or two, and a read costs it little. Mapped, they would be what most of the
 * process's memory is, one page around each that was read.
 */
final class IndexDirectory extends MMapDirectory {
    /** Lucene's ending of files with floats; a segment that was never merged is one file and has them in it. */
    private static final String FLOATS = ".vec";

    private final FSDirectory read;

    IndexDirectory(Path folder) throws IOException {
        super(folder);
        read = new NIOFSDirectory(folder, NoLockFactory.INSTANCE);
    }

    @Override
    public IndexInput openInput(String name, IOContext context) throws IOException {
        return name.endsWith(FLOATS) ? read.openInput(name, context) : super.openInput(name, context);
    }

    @Override
    public synchronized void close() throws IOException {
        read.close();
        super.close();
    }
}
