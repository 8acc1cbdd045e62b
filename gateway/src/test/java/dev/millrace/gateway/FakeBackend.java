package dev.millrace.gateway;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ChoiceFinished;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.DecodeResponse;
import dev.millrace.contracts.v1.Delta;
import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.EmbedResponse;
import dev.millrace.contracts.v1.Embedding;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeChatResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.EncodeResponse;
import dev.millrace.contracts.v1.Encoding;
import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.GenerationFinished;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.InferenceGrpc;
import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelState;
import dev.millrace.contracts.v1.ModelsRequest;
import dev.millrace.contracts.v1.ModelsResponse;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.PromptScored;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.ScoreRequest;
import dev.millrace.contracts.v1.ScoreResponse;
import dev.millrace.contracts.v1.Timings;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.contracts.v1.TokenLogprob;
import dev.millrace.contracts.v1.TokenizerGrpc;
import dev.millrace.contracts.v1.Usage;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A tokenizer whose tokens are bytes, and an engine that answers "w0 w1 w2 ...", in one in-process server. How it
 * behaves is in the model's name: see {@link #MODELS}.
 */
public final class FakeBackend implements AutoCloseable {
    /** Each word is one token. Answers at once. */
    public static final String TINY = "tiny";
    /** Goes on for ever, as fast as it can; heeds nothing but a cancel. */
    public static final String ENDLESS = "endless";
    /** Gives three words, then an INTERNAL error. */
    public static final String BREAKS = "breaks";
    /** Gives three words, then ends without having finished. */
    public static final String FALLS_SILENT = "falls-silent";
    /** RESOURCE_EXHAUSTED at once. */
    public static final String BUSY = "busy";
    /** INTERNAL at once; of the tokenizer too, but for chats. */
    public static final String CRASHES = "crashes";
    /** Waits for {@link #release} before each request's first word. */
    public static final String GATED = "gated";

    /** Says {@link #script}, some letters at a time; asked for a word with its alternatives, Yes as likely as {@link #yes}. */
    public static final String SCRIPTED = "scripted";

    public static final String LOADING = "loading";
    public static final String FAILED = "failed";
    /** A name as Hugging Face has them. */
    public static final String WITH_SLASH = "org/tiny";

    static final List<String> MODELS =
            List.of(TINY, ENDLESS, BREAKS, FALLS_SILENT, BUSY, CRASHES, GATED, SCRIPTED, LOADING, FAILED, WITH_SLASH);

    private static final int LETTERS_PER_TOKEN = 3;
    public static final int CONTEXT_TOKENS = 2_000;
    public static final int VOCABULARY = 512;
    public static final int WIDTH = 8;

    private final String name = "fake-" + UUID.randomUUID();
    private final Server server;
    private final Semaphore gate = new Semaphore(0);
    public volatile String script = "";
    public volatile double yes = 0.5;
    public final AtomicInteger running = new AtomicInteger();
    public final AtomicInteger cancelled = new AtomicInteger();
    public final Queue<GenerateRequest> requests = new ConcurrentLinkedQueue<>();
    public final Queue<EncodeChatRequest> chats = new ConcurrentLinkedQueue<>();

    public FakeBackend() {
        try {
            server = InProcessServerBuilder.forName(name)
                    .addService(new FakeTokenizer())
                    .addService(new FakeEngine())
                    .build()
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public String address() {
        return "in-process:" + name;
    }

    /** Lets so many requests to {@link #GATED} go on. */
    public void release(int requests) {
        gate.release(requests);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private final class FakeTokenizer extends TokenizerGrpc.TokenizerImplBase {
        @Override
        public void encode(EncodeRequest request, StreamObserver<EncodeResponse> answer) {
            if (request.getModel().equals(CRASHES)) {
                answer.onError(crash());
                return;
            }
            EncodeResponse.Builder response = EncodeResponse.newBuilder();
            for (String text : request.getTextsList()) {
                Encoding.Builder encoding = Encoding.newBuilder();
                for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
                    encoding.addIds(Byte.toUnsignedInt(unit));
                    if (request.getWithPieces()) {
                        encoding.addPieces(ByteString.copyFrom(new byte[] {unit}));
                    }
                }
                response.addEncodings(encoding);
            }
            answer.onNext(response.build());
            answer.onCompleted();
        }

        @Override
        public void decode(DecodeRequest request, StreamObserver<DecodeResponse> answer) {
            if (request.getModel().equals(CRASHES)) {
                answer.onError(crash());
                return;
            }
            DecodeResponse.Builder response = DecodeResponse.newBuilder();
            for (Ids ids : request.getSequencesList()) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                ids.getIdsList().forEach(bytes::write);
                response.addTexts(bytes.toString(StandardCharsets.UTF_8));
                response.addBytes(ByteString.copyFrom(bytes.toByteArray()));
            }
            answer.onNext(response.build());
            answer.onCompleted();
        }

        @Override
        public void encodeChat(EncodeChatRequest request, StreamObserver<EncodeChatResponse> answer) {
            chats.add(request);
            StringBuilder text = new StringBuilder();
            for (ChatMessage message : request.getMessagesList()) {
                text.append(message.getRole()).append(':');
                message.getContentList().stream().map(ContentPart::getText).forEach(text::append);
                text.append('\n');
            }
            EncodeChatResponse.Builder response =
                    EncodeChatResponse.newBuilder().setText(text.toString());
            for (byte unit : text.toString().getBytes(StandardCharsets.UTF_8)) {
                response.addIds(Byte.toUnsignedInt(unit));
            }
            answer.onNext(response.build());
            answer.onCompleted();
        }
    }

    private final class FakeEngine extends InferenceGrpc.InferenceImplBase {
        @Override
        public void models(ModelsRequest request, StreamObserver<ModelsResponse> answer) {
            ModelsResponse.Builder response = ModelsResponse.newBuilder();
            for (String model : MODELS) {
                response.addModels(ModelInfo.newBuilder()
                        .setName(model)
                        .setState(
                                switch (model) {
                                    case LOADING -> ModelState.MODEL_STATE_LOADING;
                                    case FAILED -> ModelState.MODEL_STATE_FAILED;
                                    default -> ModelState.MODEL_STATE_READY;
                                })
                        .setReason(model.equals(FAILED) ? "the file is truncated" : "")
                        .setContextTokens(CONTEXT_TOKENS)
                        .setVocabularySize(VOCABULARY)
                        .setWidth(WIDTH)
                        .setBlockTokens(16)
                        .setCreatedAtSeconds(1_700_000_000));
            }
            answer.onNext(response.build());
            answer.onCompleted();
        }

        @Override
        public void embed(EmbedRequest request, StreamObserver<EmbedResponse> answer) {
            EmbedResponse.Builder response = EmbedResponse.newBuilder();
            int tokens = 0;
            for (TokenIds input : request.getInputsList()) {
                tokens += input.getIdsCount();
                Embedding.Builder embedding = Embedding.newBuilder();
                for (int i = 0; i < WIDTH; i++) {
                    embedding.addValues(i == input.getIds(0) % WIDTH ? 1 : 0);
                }
                response.addEmbeddings(embedding);
            }
            answer.onNext(response.setPromptTokens(tokens).build());
            answer.onCompleted();
        }

        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreResponse> answer) {
            GenerateRequest like = GenerateRequest.newBuilder()
                    .setSampling(SamplingParameters.newBuilder().setTopLogprobs(request.getTopLogprobs()))
                    .build();
            ScoreResponse.Builder response = ScoreResponse.newBuilder();
            for (int i = 0; i < request.getIdsCount(); i++) {
                response.addLogprobs(scored(request.getIds(i), i == 0 ? Float.NaN : -0.5f, like));
            }
            answer.onNext(response.build());
            answer.onCompleted();
        }

        @Override
        public void generate(GenerateRequest request, StreamObserver<GenerateEvent> answer) {
            requests.add(request);
            ServerCallStreamObserver<GenerateEvent> call = (ServerCallStreamObserver<GenerateEvent>) answer;
            running.incrementAndGet();
            call.setOnCancelHandler(() -> {
                cancelled.incrementAndGet();
                running.decrementAndGet();
            });
            call.setOnCloseHandler(running::decrementAndGet);
            Thread.ofVirtual().start(() -> generate(request, call));
        }

        private void generate(GenerateRequest request, ServerCallStreamObserver<GenerateEvent> call) {
            switch (request.getModel()) {
                case BUSY ->
                    call.onError(error(
                            Status.Code.RESOURCE_EXHAUSTED,
                            "overloaded",
                            "the queue is full: 64 requests wait",
                            Map.of("retry_after_millis", "2500")));
                case CRASHES -> call.onError(crash());
                case ENDLESS -> {
                    // as fast as the other side takes it: what piles up here would fill the heap before a cancel comes
                    for (int i = 0; !call.isCancelled(); ) {
                        if (call.isReady()) {
                            call.onNext(word(0, i++, request));
                        } else {
                            LockSupport.parkNanos(100_000);
                        }
                    }
                }
                case BREAKS, FALLS_SILENT -> {
                    for (int i = 0; i < 3; i++) {
                        call.onNext(word(0, i, request));
                    }
                    if (request.getModel().equals(BREAKS)) {
                        call.onError(crash());
                    } else {
                        call.onCompleted();
                    }
                }
                case SCRIPTED -> recite(request, call);
                case GATED -> {
                    if (opened(call)) {
                        finish(request, call);
                    }
                }
                default -> finish(request, call);
            }
        }

        private void recite(GenerateRequest request, ServerCallStreamObserver<GenerateEvent> call) {
            boolean judges = request.getSampling().hasTopLogprobs();
            String text = judges ? "" : script;
            int tokens = 0;
            if (judges) {
                call.onNext(judgement());
                tokens++;
            }
            for (int from = 0; from < text.length(); from += LETTERS_PER_TOKEN) {
                String piece = text.substring(from, Math.min(text.length(), from + LETTERS_PER_TOKEN));
                call.onNext(GenerateEvent.newBuilder()
                        .setDelta(Delta.newBuilder().setText(piece).addIds(1))
                        .build());
                tokens++;
            }
            call.onNext(GenerateEvent.newBuilder()
                    .setChoiceFinished(ChoiceFinished.newBuilder().setReason(FinishReason.FINISH_REASON_STOP))
                    .build());
            call.onNext(GenerateEvent.newBuilder()
                    .setFinished(GenerationFinished.newBuilder()
                            .setUsage(Usage.newBuilder()
                                    .setPromptTokens(ids(request).size())
                                    .setCompletionTokens(tokens)))
                    .build());
            call.onCompleted();
        }

        private GenerateEvent judgement() {
            return GenerateEvent.newBuilder()
                    .setDelta(Delta.newBuilder()
                            .setText("Yes")
                            .addIds(1)
                            .addLogprobs(TokenLogprob.newBuilder()
                                    .addTop(word("Yes", yes))
                                    .addTop(word("No", 1 - yes))))
                    .build();
        }

        private static TokenLogprob word(String text, double probability) {
            return TokenLogprob.newBuilder()
                    .setToken(ByteString.copyFromUtf8(text))
                    .setLogprob((float) Math.log(probability))
                    .build();
        }

        private boolean opened(ServerCallStreamObserver<GenerateEvent> call) {
            try {
                while (!call.isCancelled()) {
                    if (gate.tryAcquire(10, TimeUnit.MILLISECONDS)) {
                        return true;
                    }
                }
                return false;
            } catch (InterruptedException _) {
                return false;
            }
        }

        private static void finish(GenerateRequest request, ServerCallStreamObserver<GenerateEvent> call) {
            List<Integer> prompt = ids(request);
            if (request.getPromptLogprobs()) {
                PromptScored.Builder scored = PromptScored.newBuilder();
                for (int i = 0; i < prompt.size(); i++) {
                    scored.addLogprobs(scored(prompt.get(i), i == 0 ? Float.NaN : -0.5f, request));
                }
                call.onNext(GenerateEvent.newBuilder().setPrompt(scored).build());
            }
            int choices = Math.max(1, request.getN());
            int words = request.getStop().hasMaxTokens() ? request.getStop().getMaxTokens() : 4;
            for (int i = 0; i < words; i++) {
                for (int choice = 0; choice < choices; choice++) {
                    call.onNext(word(choice, i, request));
                }
            }
            for (int choice = 0; choice < choices; choice++) {
                call.onNext(GenerateEvent.newBuilder()
                        .setChoiceFinished(ChoiceFinished.newBuilder()
                                .setIndex(choice)
                                .setReason(
                                        request.getStop().hasMaxTokens()
                                                ? FinishReason.FINISH_REASON_LENGTH
                                                : FinishReason.FINISH_REASON_STOP))
                        .build());
            }
            call.onNext(GenerateEvent.newBuilder()
                    .setFinished(GenerationFinished.newBuilder()
                            .setUsage(Usage.newBuilder()
                                    .setPromptTokens(prompt.size())
                                    .setCompletionTokens(words * choices)
                                    .setCachedTokens(Math.min(16, prompt.size() / 16 * 16))
                                    .setDraftedTokens(words)
                                    .setAcceptedTokens(words - 1))
                            .setTimings(Timings.newBuilder()
                                    .setQueueMillis(1)
                                    .setPrefillMillis(2)
                                    .setDecodeMillis(3)))
                    .build());
            call.onCompleted();
        }

        private static GenerateEvent word(int choice, int index, GenerateRequest request) {
            String text = (index == 0 ? "" : " ") + "w" + index;
            Delta.Builder delta =
                    Delta.newBuilder().setIndex(choice).setText(text).addIds(256 + index % 256);
            if (request.getSampling().hasTopLogprobs()) {
                // later choices are likelier
                delta.addLogprobs(TokenLogprob.newBuilder()
                        .setId(256 + index % 256)
                        .setToken(ByteString.copyFromUtf8(text))
                        .setLogprob(-10f + choice)
                        .addAllTop(alternatives(request)));
            }
            return GenerateEvent.newBuilder().setDelta(delta).build();
        }

        private static TokenLogprob scored(int id, float logprob, GenerateRequest request) {
            return TokenLogprob.newBuilder()
                    .setId(id)
                    .setToken(ByteString.copyFrom(new byte[] {(byte) id}))
                    .setLogprob(logprob)
                    .addAllTop(Float.isNaN(logprob) ? List.of() : alternatives(request))
                    .build();
        }

        private static List<TokenLogprob> alternatives(GenerateRequest request) {
            List<TokenLogprob> top = new ArrayList<>();
            for (int i = 0; i < request.getSampling().getTopLogprobs(); i++) {
                top.add(TokenLogprob.newBuilder()
                        .setId('a' + i)
                        .setToken(ByteString.copyFrom(new byte[] {(byte) ('a' + i)}))
                        .setLogprob(-1f - i)
                        .build());
            }
            return top;
        }

        private static List<Integer> ids(GenerateRequest request) {
            List<Integer> ids = new ArrayList<>();
            for (PromptPart part : request.getPromptList()) {
                ids.addAll(part.getIds().getIdsList());
            }
            return ids;
        }
    }

    private static StatusRuntimeException crash() {
        return Status.INTERNAL.withDescription("secret detail").asRuntimeException();
    }

    private static StatusRuntimeException error(
            Status.Code code, String reason, String message, Map<String, String> metadata) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain("millrace.dev")
                        .putAllMetadata(metadata)
                        .build()))
                .build());
    }
}
