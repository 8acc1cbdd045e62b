package dev.millrace.inference.models;

import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.CpuBackend;
import dev.millrace.inference.text.Vocabulary;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.SafetensorsFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads models: from a GGUF file, or from a Hugging Face folder ({@code config.json}, {@code tokenizer.json},
 * {@code *.safetensors}). Files are mapped while weights are packed and closed before a model is handed out, so that
 * weights are in memory once.
 */
public final class ModelLoader {
    private final BackendOptions options;

    public ModelLoader(BackendOptions options) {
        this.options = options;
    }

    /**
     * Loads the model at {@code path}.
     *
     * @param name what requests will call it
     * @param kernels what multiplies; stays the caller's, must outlive the model, and belongs to it alone: a backend's
     *     steps are its thread's
     * @throws IOException if it can't be read, isn't sound, isn't supported or doesn't fit; the message says what is
     *     wrong and what would be right
     */
    public LoadedModel load(String name, Path path, Kernels kernels) throws IOException {
        if (Files.isDirectory(path)) {
            return loadFolder(name, path, kernels);
        }
        if (!Files.exists(path)) {
            throw new MalformedFileException(path, "is not there, expected a GGUF file or a Hugging Face folder");
        }
        return loadGguf(name, path, kernels);
    }

    private LoadedModel loadGguf(String name, Path path, Kernels kernels) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            Vocabulary vocabulary = GgufVocabulary.read(file);
            CpuBackend backend = CpuBackend.open(file, new GgufSettings(file), kernels, options);
            boolean chatTemplate = file.metadata().has("tokenizer.chat_template");
            return loaded(name, backend, vocabulary, chatTemplate, SamplingFiles.of(file), path);
        }
    }

    private LoadedModel loadFolder(String name, Path folder, Kernels kernels) throws IOException {
        try (SafetensorsFolder file = SafetensorsFolder.open(folder)) {
            CpuBackend backend = CpuBackend.open(file, new ConfigSettings(folder), kernels, options);
            try {
                Vocabulary vocabulary =
                        TokenizerJson.read(folder, backend.shape().vocabularySize());
                return loaded(name, backend, vocabulary, hasChatTemplate(folder), SamplingFiles.of(folder), folder);
            } catch (IOException | RuntimeException e) {
                backend.close();
                throw e;
            }
        }
    }

    private static LoadedModel loaded(
            String name,
            CpuBackend backend,
            Vocabulary vocabulary,
            boolean chatTemplate,
            SamplingDefaults sampling,
            Path path)
            throws MalformedFileException {
        if (vocabulary.size() != backend.shape().vocabularySize()) {
            backend.close();
            throw new MalformedFileException(
                    path,
                    "has " + vocabulary.size() + " tokens and weights for "
                            + backend.shape().vocabularySize() + ", expected as many");
        }
        return new LoadedModel(name, backend, vocabulary, chatTemplate, sampling);
    }

    private static boolean hasChatTemplate(Path folder) throws IOException {
        Path config = folder.resolve("tokenizer_config.json");
        return Files.exists(folder.resolve("chat_template.jinja"))
                || Files.exists(folder.resolve("chat_template.json"))
                || (Files.exists(config) && JsonFile.read(config).has("chat_template"));
    }
}
