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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A BERT-like network in an ONNX file: token ids in, one float tensor out. Safe for several threads. */
public final class OnnxModel implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final boolean wantsTypes;

    /**
     * @param resource the file on the class path
     * @param threads  that one call may use
     */
    public OnnxModel(String resource, int threads) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            // a thread that spins between two calls takes a core from those who have work
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = environment.createSession(bytes(resource), options);
            wantsTypes = session.getInputNames().contains("token_type_ids");
        } catch (OrtException e) {
            throw new IllegalStateException("the model " + resource + " can't be opened: " + e.getMessage(), e);
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
        LongBuffer ids = LongBuffer.allocate(batch.size() * length);
        LongBuffer mask = LongBuffer.allocate(batch.size() * length);
        LongBuffer types = LongBuffer.allocate(batch.size() * length);
        for (int i = 0; i < batch.size(); i++) {
            ids.put(i * length, batch.get(i).getIds());
            mask.put(i * length, batch.get(i).getAttentionMask());
            types.put(i * length, batch.get(i).getTypeIds());
        }
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            inputs.put("input_ids", OnnxTensor.createTensor(environment, ids, shape));
            inputs.put("attention_mask", OnnxTensor.createTensor(environment, mask, shape));
            if (wantsTypes) {
                inputs.put("token_type_ids", OnnxTensor.createTensor(environment, types, shape));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return result.get(0).getValue();
            }
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "the model failed on a batch of " + batch.size() + ": " + e.getMessage(), e);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
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
