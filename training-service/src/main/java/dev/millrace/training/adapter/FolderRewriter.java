package dev.millrace.training.adapter;

import dev.millrace.kernels.weights.GgufRewriter.Change;
import dev.millrace.kernels.weights.SegmentWriter;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.WeightFile;
import dev.millrace.training.adapter.SafetensorsWriter.Entry;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes a model's folder as Hugging Face has it anew with some of its tensors changed: all weights in one file, into however many
 * they were split, and beside it a copy of what describes the model.
 */
final class FolderRewriter {
    /** What a folder may hold beside what describes the model: weights, and how they are split. */
    private static final List<String> WEIGHTS =
            List.of(".safetensors", ".safetensors.index.json", ".bin", ".pt", ".gguf", ".onnx");

    private FolderRewriter() {}

    /**
     * @param weights of the folder
     * @param changes by tensors' names, all of which it has; F32, F16 or BF16
     * @param out a folder that exists
     */
    static void write(WeightFile weights, Map<String, Change> changes, Path out) throws IOException {
        for (String name : changes.keySet()) {
            weights.tensor(name);
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Tensor tensor : weights.tensors().values()) {
            Optional<Change> change = Optional.ofNullable(changes.get(tensor.name()));
            entries.put(
                    tensor.name(),
                    new Entry(
                            change.map(Change::type).orElse(tensor.type()),
                            tensor.shape(),
                            channel -> drain(channel, tensor, change)));
        }
        SafetensorsWriter.write(out.resolve("model.safetensors"), entries);
        try (Stream<Path> files = Files.list(weights.path())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                if (WEIGHTS.stream().noneMatch(name::endsWith)) {
                    Files.copy(file, out.resolve(name));
                }
            }
        }
    }

    private static void drain(FileChannel channel, Tensor tensor, Optional<Change> change) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            SegmentWriter.write(
                    channel, change.isPresent() ? change.get().content().of(tensor, arena) : tensor.data());
        }
    }
}
