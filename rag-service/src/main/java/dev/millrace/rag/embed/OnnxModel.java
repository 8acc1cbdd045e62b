package dev.millrace.rag.embed;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A BERT-like network in an ONNX file: token ids in, one float tensor out. Safe for several threads. */
public final class OnnxModel implements AutoCloseable {
    private static final List<String> FED = List.of("input_ids", "attention_mask", "token_type_ids");

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final Set<String> inputs;

    /**
     * @param resource the file on the class path
     * @param threads  that one call may use
     */
    public OnnxModel(String resource, int threads) {
        this(resource, threads, (environment, options) -> environment.createSession(bytes(resource), options));
    }

    /**
     * @param file    beside which its weights may lie, where they are more than a file of this kind can hold
     * @param threads that one call may use
     * @throws IllegalArgumentException if it reads what isn't known
     */
    public OnnxModel(Path file, int threads) {
        this(file.toString(), threads, (environment, options) -> environment.createSession(file.toString(), options));
    }

    @FunctionalInterface
    private interface Opening {
        OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException;
    }

    private OnnxModel(String name, int threads, Opening opening) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            // a thread that spins between two calls takes a core from those who have work
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = opening.open(environment, options);
        } catch (OrtException e) {
            throw new IllegalStateException("the model " + name + " can't be opened: " + e.getMessage(), e);
        }
        inputs = Set.copyOf(session.getInputNames());
        if (!FED.containsAll(inputs)) {
            close();
            throw new IllegalArgumentException(
                    "the model " + name + " must read none but " + FED + ", reads " + new TreeSet<>(inputs));
        }
    }

    static byte[] bytes(String resource) {
        try (InputStream stream = open(resource)) {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the model's file " + resource + " can't be read", e);
        }
    }

    private static InputStream open(String resource) throws IOException {
        InputStream stream = OnnxModel.class.getClassLoader().getResourceAsStream(resource);
        if (stream == null) {
            throw new FileNotFoundException("there is no " + resource + " on the class path");
        }
        return stream;
    }

    /**
     * Runs a batch, filled up to its longest text.
     *
     * @return the first output: [batch, ...]
     */
    public Object run(List<Encoding> batch) {
        int length = batch.stream().mapToInt(e -> e.getIds().length).max().orElse(0);
        long[] shape = {batch.size(), length};
        Map<String, OnnxTensor> fed = new HashMap<>();
        try {
            for (String input : inputs) {
                LongBuffer filled = LongBuffer.allocate(batch.size() * length);
                for (int i = 0; i < batch.size(); i++) {
                    filled.put(i * length, of(batch.get(i), input));
                }
                fed.put(input, OnnxTensor.createTensor(environment, filled, shape));
            }
            try (OrtSession.Result result = session.run(fed)) {
                return result.get(0).getValue();
            }
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "the model failed on a batch of " + batch.size() + ": " + e.getMessage(), e);
        } finally {
            fed.values().forEach(OnnxTensor::close);
        }
    }

    private static long[] of(Encoding encoding, String input) {
        return switch (input) {
            case "input_ids" -> encoding.getIds();
            case "attention_mask" -> encoding.getAttentionMask();
            case "token_type_ids" -> encoding.getTypeIds();
            default -> throw new IllegalStateException("nothing is known to feed " + input);
        };
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("a model's session can't be closed", e);
        }
    }
}
