package dev.millrace.training;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.DecodeResponse;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeChatResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.EncodeResponse;
import dev.millrace.contracts.v1.Encoding;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.TokenizerGrpc;
import io.grpc.Server;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A tokenizer service of one token a character, for the tiny models' vocabulary. */
final class FakeTokenizer extends TokenizerGrpc.TokenizerImplBase implements AutoCloseable {
    private final String name = InProcessServerBuilder.generateName();
    private final Server server;

    FakeTokenizer() throws IOException {
        server = InProcessServerBuilder.forName(name).addService(this).build().start();
    }

    String address() {
        return "in-process:" + name;
    }

    private static void add(List<Integer> ids, String text) {
        text.chars().forEach(character -> ids.add(3 + character % 90));
    }

    @Override
    public void encodeChat(EncodeChatRequest request, StreamObserver<EncodeChatResponse> observer) {
        List<Integer> ids = new ArrayList<>();
        for (ChatMessage message : request.getMessagesList()) {
            ids.add(1);
            add(ids, message.getRole());
            for (ContentPart part : message.getContentList()) {
                add(ids, part.getText());
            }
            ids.add(2);
        }
        if (request.getAddGenerationPrompt()) {
            ids.add(1);
            add(ids, "assistant");
        }
        observer.onNext(EncodeChatResponse.newBuilder().addAllIds(ids).build());
        observer.onCompleted();
    }

    @Override
    public void encode(EncodeRequest request, StreamObserver<EncodeResponse> observer) {
        EncodeResponse.Builder response = EncodeResponse.newBuilder();
        for (String text : request.getTextsList()) {
            List<Integer> ids = new ArrayList<>();
            add(ids, text);
            response.addEncodings(Encoding.newBuilder().addAllIds(ids));
        }
        observer.onNext(response.build());
        observer.onCompleted();
    }

    @Override
    public void decode(DecodeRequest request, StreamObserver<DecodeResponse> observer) {
        DecodeResponse.Builder response = DecodeResponse.newBuilder();
        for (Ids sequence : request.getSequencesList()) {
            response.addTexts(sequence.getIdsList().stream()
                    .filter(id -> id > 2)
                    .map(id -> String.valueOf((char) (id - 3 + 90)))
                    .collect(Collectors.joining()));
        }
        observer.onNext(response.build());
        observer.onCompleted();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
