package dev.millrace.training.torch;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;

/**
 * libtorch with the functions of {@code decoder.torchscript}. Used by the thread that made it alone: whether torch
 * optimises its graphs, which would make the first steps differ from the later ones, is kept for each thread.
 */
public final class Torch implements AutoCloseable {
    private static final String CLASS = "Decoder";
    private static final String SOURCE = "decoder.torchscript";

    private final Model model;
    private final PtSymbolBlock block;
    private final NDManager root;

    /**
     * @param constants what the places in braces of the source stand for, as Python's text
     * @param threads that one operation may use
     */
    public Torch(Map<String, String> constants, int threads) {
        this.root = NDManager.newBaseManager("PyTorch");
        this.model = Model.newInstance(CLASS, "PyTorch");
        JniUtils.setNumThreads(threads);
        JniUtils.setGraphExecutorOptimize(false);
        try {
            model.load(new ByteArrayInputStream(ScriptArchive.of(CLASS, source(constants))));
            // it makes a folder for what it reads from no file, and leaves it where the process is killed
            Files.deleteIfExists(model.getModelPath());
        } catch (IOException | MalformedModelException broken) {
            throw new IllegalStateException("torch can't read its functions", broken);
        }
        this.block = (PtSymbolBlock) model.getBlock();
    }

    private static String source(Map<String, String> constants) {
        String source;
        try (InputStream in = Torch.class.getResourceAsStream(SOURCE)) {
            if (in == null) {
                throw new IllegalStateException(SOURCE + " is not on the class path");
            }
            source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        for (Map.Entry<String, String> constant : constants.entrySet()) {
            source = source.replace("{" + constant.getKey() + "}", constant.getValue());
        }
        return source;
    }

    /** Owner of what lives as long as the model: weights, an adapter, an optimizer's state. */
    public NDManager root() {
        return root;
    }

    /** For results that are needed for a while. */
    public Scope scope() {
        return new Scope(block, root.newSubManager());
    }

    @Override
    public void close() {
        model.close();
        root.close();
    }
}
