package dev.millrace.rag.index;

import dev.millrace.rag.store.LuceneIndexes;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LuceneIndexTest extends CollectionIndexTest {
    @TempDir
    Path folder;

    @Override
    protected Indexes open() {
        return new LuceneIndexes(folder);
    }
}
