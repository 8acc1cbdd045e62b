package dev.millrace.tokenizer.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.millrace.contracts.v1.CountRequest;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.DecodeResponse;
import dev.millrace.contracts.v1.DecodeStreamRequest;
import dev.millrace.contracts.v1.DecodeStreamResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.EncodeResponse;
import dev.millrace.contracts.v1.Encoding;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.Texts;
import dev.millrace.contracts.v1.TokenizerGrpc;
import dev.millrace.tokenizer.models.ModelState;
import dev.millrace.tokenizer.models.Models;
import dev.millrace.tokenizer.vocabulary.TestModels;
import dev.millrace.tokenizer.vocabulary.TokenizerCache;
import dev.millrace.tokenizer.vocabulary.TokenizerFiles;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerServiceTest {
    @TempDir
    Path folder;

    private Models models;
    private Server server;
    private ManagedChannel channel;
    private TokenizerGrpc.TokenizerBlockingStub tokenizer;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        models = Models.load(
                Map.of(
                        "small", TestModels.byteLevel("qwen2", folder.resolve("small.gguf")),
                        "odd", TestModels.byteLevel("klingon-2", folder.resolve("odd.gguf")),
                        "absent", folder.resolve("absent.gguf")),
                new TokenizerFiles(new TokenizerCache(folder)));
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .addService(new TokenizerService(models))
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).build();
        tokenizer = TokenizerGrpc.newBlockingStub(channel);
        while (models.states().containsValue(new ModelState.Loading())) {
            Thread.sleep(5);
        }
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        models.close();
    }

    private static void assertError(Runnable call, Status.Code status, String reason, String param, String... words) {
        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, call::run);
        com.google.rpc.Status details = Objects.requireNonNull(StatusProto.fromThrowable(error));
        assertThat(error.getStatus().getCode()).isEqualTo(status);
        assertThat(details.getMessage()).contains(words);
        try {
            ErrorInfo info = details.getDetails(0).unpack(ErrorInfo.class);
            assertThat(info.getReason()).isEqualTo(reason);
            assertThat(info.getDomain()).isEqualTo("millrace.dev");
            assertThat(info.getMetadataMap()).containsEntry("param", param);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_batch_is_encoded_with_the_bytes_of_each_token() {
        EncodeResponse response = tokenizer.encode(EncodeRequest.newBuilder()
                .setModel("small")
                .addTexts("héllo 😀")
                .addTexts("")
                .setWithPieces(true)
                .build());
        assertThat(response.getEncodingsCount()).isEqualTo(2);
        Encoding first = response.getEncodings(0);
        assertThat(first.getPiecesCount()).isEqualTo(first.getIdsCount());
        assertThat(ByteString.copyFrom(first.getPiecesList()).toStringUtf8()).isEqualTo("héllo 😀");
        assertThat(response.getEncodings(1).getIdsList()).isEmpty();
    }

    @Test
    void special_tokens_are_read_where_asked_for_alone() {
        EncodeRequest.Builder request =
                EncodeRequest.newBuilder().setModel("small").addTexts("<|im_end|>");
        assertThat(tokenizer.encode(request.build()).getEncodings(0).getIdsCount())
                .isGreaterThan(1);
        assertThat(tokenizer
                        .encode(request.setParseSpecial(true).build())
                        .getEncodings(0)
                        .getIdsCount())
                .isEqualTo(1);
    }

    private List<Integer> ids(String text) {
        return tokenizer
                .encode(EncodeRequest.newBuilder()
                        .setModel("small")
                        .addTexts(text)
                        .setParseSpecial(true)
                        .build())
                .getEncodings(0)
                .getIdsList();
    }

    @Test
    void decoding_gives_text_and_the_bytes_as_they_are() {
        List<Integer> ids = ids("𐀀");
        DecodeResponse response = tokenizer.decode(DecodeRequest.newBuilder()
                .setModel("small")
                .addSequences(Ids.newBuilder().addAllIds(ids))
                .addSequences(Ids.newBuilder().addIds(ids.getFirst()))
                .addSequences(Ids.newBuilder())
                .build());
        assertThat(response.getTextsList()).containsExactly("𐀀", "\uFFFD", "");
        assertThat(response.getBytes(0).toStringUtf8()).isEqualTo("𐀀");
        assertThat(response.getBytes(1).isValidUtf8()).isFalse();
    }

    @Test
    void control_tokens_are_skipped_where_asked_for() {
        DecodeRequest.Builder request = DecodeRequest.newBuilder()
                .setModel("small")
                .addSequences(Ids.newBuilder().addAllIds(ids("a<|im_end|>b")));
        assertThat(tokenizer.decode(request.build()).getTexts(0)).isEqualTo("a<|im_end|>b");
        assertThat(tokenizer.decode(request.setSkipSpecial(true).build()).getTexts(0))
                .isEqualTo("ab");
    }

    @Test
    void tokens_of_texts_are_counted() {
        assertThat(tokenizer
                        .count(CountRequest.newBuilder()
                                .setModel("small")
                                .setTexts(Texts.newBuilder().addTexts("").addTexts("hello world"))
                                .build())
                        .getCountsList())
                .containsExactly(0, ids("hello world").size());
    }

    @Test
    void a_stream_of_ids_becomes_a_stream_of_whole_characters() throws ExecutionException, InterruptedException {
        String text = "a😀b𐀀";
        List<DecodeStreamRequest> requests = new ArrayList<>();
        for (int id : ids(text)) {
            requests.add(DecodeStreamRequest.newBuilder()
                    .setModel("small")
                    .addIds(id)
                    .build());
        }
        List<String> pieces = decodeStream(requests);
        assertThat(String.join("", pieces)).isEqualTo(text);
        assertThat(pieces).noneMatch(String::isEmpty).noneMatch(piece -> piece.contains("\uFFFD"));
    }

    @Test
    void half_a_character_at_a_stream_s_end_is_sent_as_the_replacement_character()
            throws ExecutionException, InterruptedException {
        DecodeStreamRequest half = DecodeStreamRequest.newBuilder()
                .setModel("small")
                .addIds(ids("𐀀").getFirst())
                .build();
        assertThat(decodeStream(List.of(half))).containsExactly("\uFFFD");
    }

    private List<String> decodeStream(List<DecodeStreamRequest> requests)
            throws ExecutionException, InterruptedException {
        List<String> pieces = new ArrayList<>();
        CompletableFuture<List<String>> done = new CompletableFuture<>();
        StreamObserver<DecodeStreamRequest> ids = TokenizerGrpc.newStub(channel).decodeStream(new StreamObserver<>() {
            @Override
            public void onNext(DecodeStreamResponse response) {
                pieces.add(response.getText());
            }

            @Override
            public void onError(Throwable e) {
                done.completeExceptionally(e);
            }

            @Override
            public void onCompleted() {
                done.complete(pieces);
            }
        });
        requests.forEach(ids::onNext);
        ids.onCompleted();
        return done.get();
    }

    @Test
    void a_model_that_is_not_there_is_not_found() {
        assertError(
                () -> tokenizer.encode(
                        EncodeRequest.newBuilder().setModel("other").build()),
                Status.Code.NOT_FOUND,
                "model_not_found",
                "model",
                "\"other\"");
    }

    @Test
    void a_model_that_is_being_loaded_says_to_come_again_and_then_why_it_failed()
            throws IOException, InterruptedException {
        // opening a pipe to read waits until someone opens it to write
        Path pipe = folder.resolve("pipe.gguf");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        try (Models waiting = Models.load(Map.of("slow", pipe), new TokenizerFiles(new TokenizerCache(folder)))) {
            TokenizerService service = new TokenizerService(waiting);
            EncodeRequest request = EncodeRequest.newBuilder().setModel("slow").build();
            assertError(
                    () -> call(service, request),
                    Status.Code.UNAVAILABLE,
                    "model_loading",
                    "model",
                    "\"slow\"",
                    "try again");
            Files.newOutputStream(pipe).close();
            while (waiting.states().containsValue(new ModelState.Loading())) {
                Thread.sleep(5);
            }
            assertError(
                    () -> call(service, request), Status.Code.FAILED_PRECONDITION, "model_failed", "model", "\"slow\"");
        }
    }

    /** What a service answers to a call, without a server. */
    private static void call(TokenizerService service, EncodeRequest request) {
        List<Throwable> errors = new ArrayList<>();
        service.encode(request, new StreamObserver<>() {
            @Override
            public void onNext(EncodeResponse response) {}

            @Override
            public void onError(Throwable e) {
                errors.add(e);
            }

            @Override
            public void onCompleted() {}
        });
        if (errors.getFirst() instanceof StatusRuntimeException e) {
            throw e;
        }
    }

    @Test
    void a_model_whose_tokenizer_is_not_known_says_so() {
        assertError(
                () -> tokenizer.encode(
                        EncodeRequest.newBuilder().setModel("odd").build()),
                Status.Code.FAILED_PRECONDITION,
                "unsupported_tokenizer",
                "model",
                "klingon-2");
    }

    @Test
    void a_model_whose_file_is_not_there_keeps_no_other_away() {
        assertError(
                () -> tokenizer.encode(
                        EncodeRequest.newBuilder().setModel("absent").build()),
                Status.Code.FAILED_PRECONDITION,
                "model_failed",
                "model",
                "absent.gguf");
        assertThat(ids("a")).isNotEmpty();
    }

    @Test
    void an_id_outside_the_vocabulary_is_an_invalid_value() {
        DecodeRequest request = DecodeRequest.newBuilder()
                .setModel("small")
                .addSequences(Ids.newBuilder().addIds(1_000_000))
                .build();
        assertError(
                () -> tokenizer.decode(request),
                Status.Code.INVALID_ARGUMENT,
                "invalid_value",
                "sequences",
                "id 1000000");
    }

    @Test
    void a_count_of_nothing_is_an_invalid_value() {
        assertError(
                () -> tokenizer.count(
                        CountRequest.newBuilder().setModel("small").build()),
                Status.Code.INVALID_ARGUMENT,
                "invalid_value",
                "of",
                "texts or a chat");
    }
}
