package dev.millrace.inference.models;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.Backend;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** An adapter as PEFT keeps it: a folder with adapter_config.json and adapter_model.safetensors. */
final class PeftFolder {
    static final String WEIGHTS = "adapter_model.safetensors";
    /** Who trained it here leaves this beside it: which model it belongs to. */
    static final String ORIGIN = "millrace.json";

    private static final String PICKLE = "adapter_model.bin";

    private static final int CHUNK = 1 << 20;

    private PeftFolder() {}

    /**
     * What its maker calls the model that it was trained on: the training service by the name that it is served under, PEFT
     * by whatever it was loaded from. Empty where neither says.
     */
    static String baseModel(Path folder) throws IOException {
        Path origin = folder.resolve(ORIGIN);
        if (Files.exists(origin)) {
            String name = JsonFile.read(origin).path("base_model").asString("");
            if (!name.isEmpty()) {
                return name;
            }
        }
        return PeftConfig.read(folder).baseModel();
    }

    /**
     * Makes an adapter ready for a model.
     *
     * @param packing kernels of the model's provider, not the model's own
     * @throws IOException if it can't be read, isn't sound, isn't plain LoRA or isn't for this model; the message says what
     *     is wrong and what would be right
     */
    static Adapter load(Path folder, Backend backend, Kernels packing) throws IOException {
        PeftConfig config = PeftConfig.read(folder);
        Path weights = folder.resolve(WEIGHTS);
        if (!Files.isRegularFile(weights)) {
            throw new MalformedFileException(
                    folder,
                    Files.exists(folder.resolve(PICKLE))
                            ? "has " + PICKLE + ", a pickle, which may run code when it is read: expected " + WEIGHTS
                            : "has no " + WEIGHTS);
        }
        try (SafetensorsFile file = SafetensorsFile.open(weights)) {
            return backend.adapter(file, config.settings(), digest(folder), packing);
        }
    }

    /** SHA-256 of all that decides what it computes. */
    private static String digest(Path folder) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String name : new String[] {PeftConfig.NAME, WEIGHTS}) {
                Path file = folder.resolve(name);
                digest.update(ByteBuffer.allocate(Long.BYTES)
                        .putLong(Files.size(file))
                        .flip());
                update(digest, file);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void update(MessageDigest digest, Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
    }
}
