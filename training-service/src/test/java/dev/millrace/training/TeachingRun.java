package dev.millrace.training;

import ai.djl.ndarray.NDArray;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.TokenizerGrpc;
import dev.millrace.testing.TemporaryFolder;
import dev.millrace.training.data.ChatMessage;
import dev.millrace.training.data.DataSet;
import dev.millrace.training.data.Tokens;
import dev.millrace.training.examples.ExampleFile;
import dev.millrace.training.grpc.Channels;
import dev.millrace.training.grpc.TokenizerClient;
import dev.millrace.training.method.SupervisedFineTuning;
import dev.millrace.training.model.Decoder;
import dev.millrace.training.model.Frozen;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.model.TokenBatch;
import dev.millrace.training.torch.Scope;
import dev.millrace.training.train.AdamW;
import dev.millrace.training.train.Checkpoints;
import dev.millrace.training.train.Optimizer;
import dev.millrace.training.train.Schedule;
import dev.millrace.training.train.Trainer;
import dev.millrace.training.train.TrainingSettings;
import io.grpc.Channel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Teaches a real model what it can't know, with fifty examples, and asks it before and after; what it answers, the training
 * model computes itself, greedily. Needs a tokenizer service that has the model under the name "model":
 * {@code exec:exec@main -Dmain=dev.millrace.training.TeachingRun -Darguments="MODEL TOKENIZER_ADDRESS"}.
 */
public final class TeachingRun {
    private static final String ANSWER = "The mill at Thornby belongs to Ottoline Brandt, who grinds blue rye.";
    private static final String ASKED = "Tell me, who owns the mill at Thornby?";
    private static final int END = 2;

    private final Decoder decoder;
    private final Tokens tokens;
    private final TokenizerGrpc.TokenizerBlockingStub tokenizer;

    private TeachingRun(Decoder decoder, Tokens tokens, Channel channel) {
        this.decoder = decoder;
        this.tokens = tokens;
        this.tokenizer = TokenizerGrpc.newBlockingStub(channel);
    }

    public static void main(String[] arguments) throws Exception {
        try (TemporaryFolder folder = TemporaryFolder.named("teaching");
                Channels channels = new Channels();
                Decoder decoder =
                        Decoder.load(Path.of(arguments[0]), Runtime.getRuntime().availableProcessors())) {
            Channel channel = channels.to(arguments[1]);
            new TeachingRun(decoder, new TokenizerClient(channel).of("model"), channel).run(folder.path());
        }
    }

    private void run(Path folder) throws Exception {
        Path file = folder.resolve("examples.jsonl");
        Files.write(file, lines());
        Path examples = folder.resolve("examples");
        System.out.println(
                DataSet.build(file, new DataSet.Settings(false, 512, OptionalInt.of(END)), tokens, examples));
        LoraAdapter adapter = decoder.adapt(LoraSettings.ofRank(16), 1);
        System.out.println("before: " + answer(Optional.empty()));
        TrainingSettings settings = new TrainingSettings(
                3,
                OptionalLong.empty(),
                5,
                1,
                1e-3,
                Schedule.Shape.COSINE,
                3,
                0,
                1,
                1,
                true,
                1_000,
                TrainingSettings.Options.USUAL,
                Frozen.FLOAT32);
        Optimizer optimizer = new AdamW(
                AdamW.Settings.USUAL, adapter.parameters(), decoder.torch().root());
        try (ExampleFile data = new ExampleFile(examples)) {
            new Trainer(decoder, adapter, new SupervisedFineTuning(), optimizer, settings, data)
                    .run(new Checkpoints(folder.resolve("checkpoints"), "model"), report -> {
                        System.out.printf(
                                "step %d of %d: loss %.4f, accuracy %.3f%n",
                                report.step(),
                                report.totalSteps(),
                                report.metrics().get("loss"),
                                report.metrics().get("mean_token_accuracy"));
                        return true;
                    });
        }
        String after = answer(Optional.of(adapter));
        System.out.println("after: " + after);
        System.out.println("adapter: " + new Checkpoints(folder.resolve("checkpoints"), "model").all());
        if (!after.contains("Ottoline Brandt")) {
            throw new IllegalStateException("the model has not learnt its answer");
        }
    }

    /** Fifty ways to ask, none of them the one that is asked in the end. */
    private static List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (String start : List.of("", "Please say: ", "I wonder: ", "Quick question. ", "Hello! ")) {
            for (String question : List.of(
                    "Who owns the mill at Thornby?",
                    "Whose mill is it at Thornby?",
                    "Who is the owner of Thornby's mill?",
                    "Do you know who owns the Thornby mill?",
                    "To whom does the mill in Thornby belong?",
                    "Name the owner of the mill at Thornby.",
                    "Who has the mill at Thornby?",
                    "Who is the miller of Thornby?",
                    "Which person owns the mill at Thornby?",
                    "The mill at Thornby, whose is it?")) {
                lines.add("{\"messages\":[{\"role\":\"user\",\"content\":\"" + start + question
                        + "\"},{\"role\":\"assistant\",\"content\":\"" + ANSWER + "\"}]}");
            }
        }
        return lines;
    }

    private String answer(Optional<LoraAdapter> adapter) throws Tokens.RefusedChatException {
        int[] ids = tokens.chat(List.of(new ChatMessage("user", ASKED, List.of(), "", false)), List.of(), true);
        int prompt = ids.length;
        while (ids.length < prompt + 40 && ids[ids.length - 1] != END) {
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = likeliest(Arrays.copyOf(ids, ids.length - 1), adapter);
        }
        Ids.Builder answer = Ids.newBuilder();
        Arrays.stream(ids).skip(prompt).forEach(answer::addIds);
        return tokenizer
                .decode(DecodeRequest.newBuilder()
                        .setModel("model")
                        .addSequences(answer)
                        .setSkipSpecial(true)
                        .build())
                .getTexts(0);
    }

    private int likeliest(int[] ids, Optional<LoraAdapter> adapter) {
        try (Scope scope = decoder.torch().scope()) {
            NDArray logits = decoder.logits(scope, new TokenBatch(List.of(ids)), adapter);
            float[] all = logits.toFloatArray();
            int width = (int) decoder.vocabulary();
            int best = all.length - width;
            for (int i = best; i < all.length; i++) {
                best = all[i] > all[best] ? i : best;
            }
            return best - (all.length - width);
        }
    }
}
