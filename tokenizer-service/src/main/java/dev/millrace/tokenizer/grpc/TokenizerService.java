package dev.millrace.tokenizer.grpc;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.CountRequest;
import dev.millrace.contracts.v1.CountResponse;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.DecodeResponse;
import dev.millrace.contracts.v1.DecodeStreamRequest;
import dev.millrace.contracts.v1.DecodeStreamResponse;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeChatResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.EncodeResponse;
import dev.millrace.contracts.v1.Encoding;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.TokenRange;
import dev.millrace.contracts.v1.TokenizerGrpc;
import dev.millrace.tokenizer.chat.ChatEncoding;
import dev.millrace.tokenizer.models.ModelState;
import dev.millrace.tokenizer.models.Models;
import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import dev.millrace.tokenizer.vocabulary.OutsideVocabularyException;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.ZoneId;
import java.util.function.Supplier;

/** The service Tokenizer of tokenizer.proto. */
public final class TokenizerService extends TokenizerGrpc.TokenizerImplBase {
    private final Models models;
    private final ChatPrompts chats = new ChatPrompts(Clock.system(ZoneId.systemDefault()));

    public TokenizerService(Models models) {
        this.models = models;
    }

    @Override
    public void encode(EncodeRequest request, StreamObserver<EncodeResponse> response) {
        answer(response, () -> {
            ModelTokenizer tokenizer = tokenizer(request.getModel());
            EncodeResponse.Builder encodings = EncodeResponse.newBuilder();
            for (String text : request.getTextsList()) {
                stopIfCancelled();
                int[] ids = request.getParseSpecial()
                        ? tokenizer.encodeParsingSpecial(text, request.getAddSpecial())
                        : tokenizer.encode(text, request.getAddSpecial());
                encodings.addEncodings(encoding(tokenizer, ids, request.getWithPieces()));
            }
            return encodings.build();
        });
    }

    private static Encoding encoding(ModelTokenizer tokenizer, int[] ids, boolean withPieces) {
        Encoding.Builder encoding = Encoding.newBuilder();
        for (int id : ids) {
            encoding.addIds(id);
            if (withPieces) {
                encoding.addPieces(ByteString.copyFrom(tokenizer.bytes(id)));
            }
        }
        return encoding.build();
    }

    @Override
    public void decode(DecodeRequest request, StreamObserver<DecodeResponse> response) {
        answer(response, () -> {
            ModelTokenizer tokenizer = tokenizer(request.getModel());
            DecodeResponse.Builder texts = DecodeResponse.newBuilder();
            for (Ids sequence : request.getSequencesList()) {
                stopIfCancelled();
                byte[] bytes = decode(tokenizer, sequence, request.getSkipSpecial());
                // ByteString reads invalid UTF-8 as U+FFFD
                ByteString string = ByteString.copyFrom(bytes);
                texts.addBytes(string).addTexts(string.toStringUtf8());
            }
            return texts.build();
        });
    }

    private static byte[] decode(ModelTokenizer tokenizer, Ids sequence, boolean skipSpecial) {
        try {
            return tokenizer.decodeBytes(
                    sequence.getIdsList().stream().mapToInt(Integer::intValue).toArray(), skipSpecial);
        } catch (OutsideVocabularyException e) {
            throw Errors.invalidValue("sequences", e.reason());
        }
    }

    @Override
    public void encodeChat(EncodeChatRequest request, StreamObserver<EncodeChatResponse> response) {
        answer(response, () -> {
            ModelTokenizer tokenizer = tokenizer(request.getModel());
            ChatEncoding.Prompt prompt = chats.prompt(tokenizer, request);
            EncodeChatResponse.Builder encoded = EncodeChatResponse.newBuilder().addAllIds(prompt.ids());
            if (request.getWithGenerated() && !request.getContinueFinalMessage()) {
                chats.generated(tokenizer, request)
                        .forEach(range -> encoded.addGenerated(
                                TokenRange.newBuilder().setFrom(range.from()).setTo(range.to())));
            }
            return request.getWithText() ? encoded.setText(prompt.text()).build() : encoded.build();
        });
    }

    @Override
    public void count(CountRequest request, StreamObserver<CountResponse> response) {
        answer(response, () -> {
            ModelTokenizer tokenizer = tokenizer(request.getModel());
            CountResponse.Builder counts = CountResponse.newBuilder();
            switch (request.getOfCase()) {
                case TEXTS -> {
                    for (String text : request.getTexts().getTextsList()) {
                        stopIfCancelled();
                        counts.addCounts(tokenizer.encode(text, request.getAddSpecial()).length);
                    }
                }
                case CHAT ->
                    counts.addCounts(
                            chats.prompt(tokenizer, request.getChat()).ids().size());
                case OF_NOT_SET -> throw Errors.invalidValue("of", "texts or a chat must be given to count");
            }
            return counts.build();
        });
    }

    @Override
    public StreamObserver<DecodeStreamRequest> decodeStream(StreamObserver<DecodeStreamResponse> response) {
        return new DecodeStream(this::tokenizer, response);
    }

    private ModelTokenizer tokenizer(String model) {
        ModelState state = models.state(model).orElseThrow(() -> Errors.modelNotFound(model));
        return switch (state) {
            case ModelState.Ready(ModelTokenizer tokenizer) -> tokenizer;
            case ModelState.Loading() -> throw Errors.modelLoading(model);
            case ModelState.Failed failed -> throw Errors.modelFailed(model, failed);
        };
    }

    private static void stopIfCancelled() {
        if (Context.current().isCancelled()) {
            throw Status.CANCELLED.withDescription("the caller has gone").asRuntimeException();
        }
    }

    private static <T> void answer(StreamObserver<T> response, Supplier<T> work) {
        T message;
        try {
            message = work.get();
        } catch (StatusRuntimeException e) {
            response.onError(e);
            return;
        } catch (RuntimeException e) {
            response.onError(Errors.bug(e));
            return;
        }
        response.onNext(message);
        response.onCompleted();
    }
}
