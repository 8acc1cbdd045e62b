package dev.millrace.inference.models;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.inference.model.Step;
import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Providers;
import dev.millrace.kernels.compute.TokenBatch;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.testing.TemporaryFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/**
 * What adapters cost: decode of 16 sequences without any, with one of all, and with four of four sequences each, in turns.
 *
 * <pre>AdapterBenchmark MODEL.gguf [RANK] [ROUNDS]</pre>
 */
final class AdapterBenchmark {
    private static final int SEQUENCES = 16;
    private static final int STEPS = 32;
    private static final Map<String, String> MODULES = Map.of(
            "attn_q", "self_attn.q_proj",
            "attn_k", "self_attn.k_proj",
            "attn_v", "self_attn.v_proj",
            "attn_output", "self_attn.o_proj",
            "ffn_gate", "mlp.gate_proj",
            "ffn_up", "mlp.up_proj",
            "ffn_down", "mlp.down_proj");

    private AdapterBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        int rank = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 16;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        KernelOptions kernelOptions = new KernelOptions(
                Optional.ofNullable(System.getProperty("PROVIDER")),
                Integer.getInteger("THREADS", Runtime.getRuntime().availableProcessors()),
                Activations.INT8);
        BackendOptions options =
                new BackendOptions(OptionalInt.of(1024), KvType.BF16, new CacheSize.Tokens(16 * 512), 16, 256);
        try (TemporaryFolder temporary = TemporaryFolder.named("adapters");
                Kernels kernels = Providers.choose(kernelOptions).kernels();
                Kernels packing = Providers.choose(kernelOptions).kernels();
                LoadedModel loaded = new ModelLoader(options).load("model", model, kernels)) {
            System.out.println(kernels.description() + ", rank " + rank);
            List<Adapter> adapters = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Path folder = Files.createDirectory(temporary.path().resolve(Integer.toString(i)));
                write(model, folder, rank, i);
                adapters.add(PeftFolder.load(folder, loaded.backend(), packing));
            }
            for (int round = 0; round < rounds; round++) {
                System.out.printf(
                        Locale.ROOT,
                        "none %.1f, one %.1f, four %.1f tokens/s%n",
                        decode(loaded, List.of()),
                        decode(loaded, adapters.subList(0, 1)),
                        decode(loaded, adapters));
            }
            adapters.forEach(Adapter::close);
        }
    }

    private static double decode(LoadedModel loaded, List<Adapter> adapters) {
        int from = 64;
        int blocks = 512 / loaded.backend().blockTokens();
        int[][] tables = IntStream.range(0, SEQUENCES)
                .mapToObj(s -> IntStream.range(s * blocks, (s + 1) * blocks).toArray())
                .toArray(int[][]::new);
        int[] all = IntStream.range(0, SEQUENCES).toArray();
        int share = adapters.isEmpty() ? 0 : SEQUENCES / adapters.size();
        List<Step.Adapted> adapted = IntStream.range(0, adapters.size())
                .mapToObj(i -> new Step.Adapted(adapters.get(i), i * share, share))
                .toList();
        long start = System.nanoTime();
        for (int i = 0; i < STEPS; i++) {
            int position = from + i;
            int[] positions = IntStream.range(0, SEQUENCES).map(s -> position).toArray();
            int[] ids = IntStream.range(0, SEQUENCES)
                    .map(s -> 1000 + (position + s * 101) * 37 % 9000)
                    .toArray();
            loaded.backend()
                    .forward(new Step(
                            new TokenBatch(SEQUENCES, all, positions, tables),
                            ids,
                            List.of(),
                            adapted,
                            SEQUENCES,
                            all,
                            0,
                            new int[0]));
        }
        return SEQUENCES * STEPS * 1e9 / (System.nanoTime() - start);
    }

    /** A random adapter of all linear layers of a GGUF file's model. */
    private static void write(Path model, Path folder, int rank, int seed) throws IOException {
        Random random = new Random(seed);
        Map<String, float[]> values = new LinkedHashMap<>();
        StringJoiner header = new StringJoiner(",", "{", "}");
        long position = 0;
        try (GgufFile file = GgufFile.open(model)) {
            for (Tensor tensor : file.tensors().values()) {
                String[] name = tensor.name().split("\\.", -1);
                String module = name.length == 4 && name[3].equals("weight") ? MODULES.get(name[2]) : null;
                if (module == null) {
                    continue;
                }
                for (String matrix : List.of("A", "B")) {
                    long rows = matrix.equals("A") ? rank : tensor.rows();
                    long columns = matrix.equals("A") ? tensor.columns() : rank;
                    String full =
                            "base_model.model.model.layers." + name[1] + "." + module + ".lora_" + matrix + ".weight";
                    long end = position + 4 * rows * columns;
                    header.add("\"" + full + "\":{\"dtype\":\"F32\",\"shape\":[" + rows + "," + columns
                            + "],\"data_offsets\":[" + position + "," + end + "]}");
                    float[] elements = new float[Math.toIntExact(rows * columns)];
                    for (int i = 0; i < elements.length; i++) {
                        elements[i] = 0.02f * (random.nextFloat() - 0.5f);
                    }
                    values.put(full, elements);
                    position = end;
                }
            }
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        try (FileChannel out = FileChannel.open(
                folder.resolve(PeftFolder.WEIGHTS), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .flip());
            out.write(ByteBuffer.wrap(json));
            for (float[] elements : values.values()) {
                ByteBuffer bytes = ByteBuffer.allocate(4 * elements.length).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(elements);
                out.write(bytes);
            }
        }
        Files.writeString(
                folder.resolve(PeftConfig.NAME),
                "{\"peft_type\": \"LORA\", \"r\": " + rank + ", \"lora_alpha\": " + 2 * rank
                        + ", \"target_modules\": [\"q_proj\", \"k_proj\", \"v_proj\", \"o_proj\", \"gate_proj\","
                        + " \"up_proj\", \"down_proj\"]}");
    }
}
