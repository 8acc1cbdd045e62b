package dev.millrace.training.model;

import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** An open model: what it looks like, and its weights by the names that Hugging Face gives them. */
public interface ModelFile extends AutoCloseable {
    ModelConfig config();

    /** Where its weights lie. */
    WeightFile weights();

    /** What the file calls the weight that Hugging Face calls {@code name}. */
    String nameInFile(String name);

    /** The token that ends a text, if the file names one. */
    OptionalInt endToken() throws IOException;

    /** What is added to the weights of norms. */
    float normOffset();

    /** Whether the rows of query and key matrices lie as neighbours turn together, llama.cpp's way for llama. */
    boolean neighboursTurn();

    /**
     * Which of Hugging Face's rows stands at {@code row} of a matrix.
     *
     * @param headSize of a head whose neighbours turn together; 0 where rows lie as Hugging Face has them
     */
    static int rowOf(int row, int headSize) {
        if (headSize == 0) {
            return row;
        }
        int within = row % headSize;
        return row - within + within / 2 + (within % 2) * (headSize / 2);
    }

    /**
     * The size of the heads in which a weight's rows lie in another order than Hugging Face's; 0 where they lie in that.
     *
     * @param name Hugging Face's
     */
    default int turnedHead(String name) {
        boolean rotated = name.contains(".q_proj.") || name.contains(".k_proj.");
        return rotated && neighboursTurn() ? config().headSize() : 0;
    }

    /** Where in the file Hugging Face's row {@code row} stands: the other way round. */
    static int rowInFile(int row, int headSize) {
        if (headSize == 0) {
            return row;
        }
        int within = row % headSize;
        int half = headSize / 2;
        return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
    }

    /** The weight of that name ({@code model.norm.weight}), if the file has it. */
    default Optional<Tensor> find(String name) {
        return Optional.ofNullable(weights().tensors().get(nameInFile(name)));
    }

    /**
     * The weight of that name.
     *
     * @throws MalformedFileException if the file lacks it
     */
    default Tensor require(String name) throws MalformedFileException {
        return weights().tensor(nameInFile(name));
    }

    @Override
    default void close() {
        weights().close();
    }

    /**
     * Opens a {@code .gguf} file or a Hugging Face folder.
     *
     * @throws UnsupportedModelException if it is of an architecture, or has a trait, that can't be trained here
     * @throws IOException if it can't be read
     */
    static ModelFile open(Path path) throws IOException {
        return Files.isDirectory(path) ? FolderModel.open(path) : GgufModel.open(path);
    }
}
