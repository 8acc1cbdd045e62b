package dev.millrace.kernels.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The weights of a Hugging Face model folder: {@code model.safetensors}, or the shards that
 * {@code model.safetensors.index.json} lists.
 */
public final class SafetensorsFolder implements WeightFile {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final long INDEX_LIMIT = 100_000_000;

    private final Path path;
    private final Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors;

    private SafetensorsFolder(Path path) throws IOException {
        this.path = path;
        try {
            this.tensors = Collections.unmodifiableMap(Files.exists(path.resolve(INDEX)) ? readIndex() : readSingle());
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Opens the folder's weights.
     *
     * @throws MalformedFileException if a file is malformed, or a tensor isn't where the index says
     */
    public static SafetensorsFolder open(Path folder) throws IOException {
        return new SafetensorsFolder(folder);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
        shards.clear();
    }

    private Map<String, Tensor> readSingle() throws IOException {
        if (!Files.exists(path.resolve(SINGLE))) {
            throw new MalformedFileException(
                    path, "has neither " + SINGLE + " nor " + INDEX + ", expected one of them");
        }
        return shard(SINGLE).tensors();
    }

    private Map<String, Tensor> readIndex() throws IOException {
        Path index = path.resolve(INDEX);
        if (Files.size(index) > INDEX_LIMIT) {
            throw new MalformedFileException(
                    index, "is " + Files.size(index) + " bytes long, expected at most " + INDEX_LIMIT);
        }
        Map<String, Tensor> result = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : weightMap(index).entrySet()) {
            String name = entry.getKey();
            SafetensorsFile shard = shard(entry.getValue());
            Tensor tensor = shard.tensors().get(name);
            if (tensor != null) {
                result.put(name, tensor);
            } else if (!shard.buffers().contains(name)) {
                throw new MalformedFileException(
                        index, "says that tensor \"" + name + "\" lies in " + entry.getValue() + ", which lacks it");
            }
        }
        return result;
    }

    private static Map<String, String> weightMap(Path index) throws IOException {
        Json.Value root;
        try {
            root = Json.parse(Files.readString(index));
        } catch (Json.SyntaxException e) {
            throw new MalformedFileException(index, e.problem());
        }
        Map<String, String> result = new LinkedHashMap<>();
        if (root instanceof Json.Value.Members(Map<String, Json.Value> members)
                && members.get("weight_map") instanceof Json.Value.Members(Map<String, Json.Value> entries)) {
            for (Map.Entry<String, Json.Value> entry : entries.entrySet()) {
                if (!(entry.getValue() instanceof Json.Value.Text(String file))) {
                    throw new MalformedFileException(
                            index, "\"weight_map\" gives no file for \"" + entry.getKey() + "\", expected its name");
                }
                result.put(entry.getKey(), file);
            }
            return result;
        }
        throw new MalformedFileException(index, "has no \"weight_map\", expected an object of tensor and file names");
    }

    private SafetensorsFile shard(String name) throws IOException {
        SafetensorsFile open = shards.get(name);
        if (open != null) {
            return open;
        }
        // an index must not lead out of its folder
        if (name.contains("/") || name.contains("\\") || name.contains("\0") || name.startsWith(".")) {
            throw new MalformedFileException(
                    path.resolve(INDEX), "names the file \"" + name + "\", expected one in the same folder");
        }
        SafetensorsFile opened = SafetensorsFile.open(path.resolve(name));
        shards.put(name, opened);
        return opened;
    }
}
