package dev.millrace.tokenizer.grpc;

import dev.millrace.contracts.v1.DecodeStreamRequest;
import dev.millrace.contracts.v1.DecodeStreamResponse;
import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import dev.millrace.tokenizer.vocabulary.OutsideVocabularyException;
import dev.millrace.tokenizer.vocabulary.StreamDecoder;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.function.Function;

/** One stream of ids that becomes text. gRPC calls it with one message after the other. */
final class DecodeStream implements StreamObserver<DecodeStreamRequest> {
    private final Function<String, ModelTokenizer> tokenizers;
    private final StreamObserver<DecodeStreamResponse> response;
    private Optional<StreamDecoder> decoder = Optional.empty();
    private boolean ended;

    DecodeStream(Function<String, ModelTokenizer> tokenizers, StreamObserver<DecodeStreamResponse> response) {
        this.tokenizers = tokenizers;
        this.response = response;
    }

    @Override
    public void onNext(DecodeStreamRequest request) {
        if (ended) {
            return;
        }
        try {
            send(text(request));
        } catch (StatusRuntimeException e) {
            end(e);
        } catch (OutsideVocabularyException e) {
            end(Errors.invalidValue("ids", e.reason()));
        } catch (RuntimeException e) {
            end(Errors.bug(e));
        }
    }

    private String text(DecodeStreamRequest request) {
        if (decoder.isEmpty()) {
            decoder = Optional.of(tokenizers.apply(request.getModel()).streamDecoder(request.getSkipSpecial()));
        }
        StringBuilder text = new StringBuilder();
        for (int id : request.getIdsList()) {
            text.append(decoder.get().next(id));
        }
        return text.toString();
    }

    private void send(String text) {
        if (!text.isEmpty()) {
            response.onNext(DecodeStreamResponse.newBuilder().setText(text).build());
        }
    }

    private void end(StatusRuntimeException error) {
        ended = true;
        response.onError(error);
    }

    @Override
    public void onError(Throwable cancelled) {
        ended = true;
    }

    @Override
    public void onCompleted() {
        if (!ended) {
            decoder.map(StreamDecoder::finish).ifPresent(this::send);
            response.onCompleted();
        }
    }
}
