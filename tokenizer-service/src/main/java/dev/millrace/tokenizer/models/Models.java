package dev.millrace.tokenizer.models;

import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.tokenizer.models.ModelState.Cause;
import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import dev.millrace.tokenizer.vocabulary.TokenizerFiles;
import dev.millrace.tokenizer.vocabulary.UnsupportedTokenizerException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models that are served. Each is loaded in the background, all side by side. */
public final class Models implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Models.class);

    private final Map<String, Path> paths;
    private final TokenizerFiles files;
    private final ConcurrentMap<String, ModelState> states = new ConcurrentHashMap<>();
    private boolean closed;

    private Models(Map<String, Path> paths, TokenizerFiles files) {
        this.paths = paths;
        this.files = files;
    }

    /** Begins to load models, given by their names, and returns at once. */
    public static Models load(Map<String, Path> paths, TokenizerFiles files) {
        Models models = new Models(paths, files);
        paths.keySet().forEach(name -> models.states.put(name, new ModelState.Loading()));
        paths.forEach((name, path) ->
                Thread.ofPlatform().name("tokenizer-" + name).daemon().start(() -> models.open(name, path)));
        return models;
    }

    private void open(String name, Path path) {
        long start = System.nanoTime();
        try {
            ModelTokenizer tokenizer = files.open(path);
            LOG.info(
                    "tokenizer of {}: {}, {} ids, loaded in {} ms",
                    name,
                    tokenizer.kind(),
                    tokenizer.size(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            serve(name, tokenizer);
        } catch (UnsupportedTokenizerException e) {
            fail(name, e.reason(), Cause.UNSUPPORTED);
        } catch (NoSuchFileException e) {
            fail(name, "there is no file " + e.getFile(), Cause.UNREADABLE);
        } catch (MalformedFileException e) {
            fail(name, String.valueOf(e.getMessage()), Cause.UNREADABLE);
        } catch (IOException | RuntimeException | LinkageError e) {
            // a linkage error: the native library could not be unpacked or loaded
            LOG.debug("tokenizer of {}", name, e);
            fail(name, e.toString(), Cause.UNREADABLE);
        }
    }

    private synchronized void serve(String name, ModelTokenizer tokenizer) {
        if (closed) {
            tokenizer.close();
        } else {
            states.put(name, new ModelState.Ready(tokenizer));
        }
    }

    private void fail(String name, String reason, Cause cause) {
        LOG.error("the tokenizer of {} can't be served: {}", name, reason);
        states.put(name, new ModelState.Failed(reason, cause));
    }

    /** How far a model is; empty if it isn't served here. */
    public Optional<ModelState> state(String name) {
        return Optional.ofNullable(states.get(name));
    }

    /** All of them, in the order in which they were given. */
    public Map<String, ModelState> states() {
        Map<String, ModelState> ordered = new LinkedHashMap<>();
        paths.keySet().forEach(name -> state(name).ifPresent(state -> ordered.put(name, state)));
        return Collections.unmodifiableMap(ordered);
    }

    /** Gives back what was loaded; what is still being loaded is given back when it is. */
    @Override
    public synchronized void close() {
        closed = true;
        for (ModelState state : states.values()) {
            if (state instanceof ModelState.Ready(ModelTokenizer tokenizer)) {
                tokenizer.close();
            }
        }
    }
}
