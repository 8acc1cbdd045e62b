package dev.millrace.kernels.weights;

import java.nio.file.Path;
import java.util.Map;

/** An open model's weights: mapped, so nothing is read before it is used. Closing it makes its tensors invalid. */
public sealed interface WeightFile extends AutoCloseable permits GgufFile, SafetensorsFile, SafetensorsFolder {
    /** The file or folder that was opened. */
    Path path();

    /** By name, in the order of the file. */
    Map<String, Tensor> tensors();

    /**
     * A tensor that the file must have.
     *
     * @throws MalformedFileException if it has none of that name
     */
    default Tensor tensor(String name) throws MalformedFileException {
        Tensor tensor = tensors().get(name);
        if (tensor == null) {
            throw new MalformedFileException(
                    path(),
                    "has no tensor \"" + name + "\", expected it among its "
                            + tensors().size());
        }
        return tensor;
    }

    @Override
    void close();
}
