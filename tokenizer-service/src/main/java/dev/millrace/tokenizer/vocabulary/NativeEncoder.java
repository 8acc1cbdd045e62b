package dev.millrace.tokenizer.vocabulary;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Hugging Face's tokenizers, through DJL's binding. We call the binding's own functions and not its HuggingFaceTokenizer:
 * that one truncates to 512 ids unless told otherwise, calls home, and fetches offsets, masks and words of every token,
 * which takes longer than encoding.
 *
 * <p>Any number of threads may encode at once; closing waits for them.
 */
final class NativeEncoder implements AutoCloseable {
    private static final TokenizersLibrary LIBRARY = load();

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final long handle;
    private boolean closed;

    /**
     * @param json a tokenizer.json
     * @throws UnsupportedTokenizerException if the library can't read it
     */
    NativeEncoder(String json) {
        try {
            handle = LIBRARY.createTokenizerFromString(json);
        } catch (RuntimeException e) {
            throw new UnsupportedTokenizerException("this tokenizer.json can't be read: " + e.getMessage());
        }
        LIBRARY.disableTruncation(handle);
        LIBRARY.disablePadding(handle);
    }

    /** Ids of a text without lone surrogates; with what the file's post-processor adds, where asked for. */
    long[] encode(String text, boolean addSpecial) {
        Lock reading = lock.readLock();
        reading.lock();
        try {
            if (closed) {
                throw new IllegalStateException("this tokenizer is closed");
            }
            long encoding = LIBRARY.encode(handle, text, addSpecial);
            try {
                return LIBRARY.getTokenIds(encoding);
            } finally {
                LIBRARY.deleteEncoding(encoding);
            }
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void close() {
        Lock writing = lock.writeLock();
        writing.lock();
        try {
            if (!closed) {
                closed = true;
                LIBRARY.deleteTokenizer(handle);
            }
        } finally {
            writing.unlock();
        }
    }

    private static TokenizersLibrary load() {
        // DJL otherwise asks the network for what it could fetch, and reports that it was used
        System.setProperty("ai.djl.offline", "true");
        LibUtils.checkStatus();
        return TokenizersLibrary.LIB;
    }
}
