package dev.millrace.training.grpc;

import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.DecodeRequest;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.EncodeChatResponse;
import dev.millrace.contracts.v1.EncodeRequest;
import dev.millrace.contracts.v1.Ids;
import dev.millrace.contracts.v1.TokenizerGrpc;
import dev.millrace.contracts.v1.ToolCall;
import dev.millrace.training.data.ChatMessage;
import dev.millrace.training.data.Tokens;
import dev.millrace.training.jobs.TokensOf;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The tokenizer service. */
public final class TokenizerClient implements TokensOf {
    private static final long TIMEOUT_SECONDS = 30;

    private final TokenizerGrpc.TokenizerBlockingStub stub;

    public TokenizerClient(Channel channel) {
        this.stub = TokenizerGrpc.newBlockingStub(channel).withWaitForReady();
    }

    private TokenizerGrpc.TokenizerBlockingStub call() {
        return stub.withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public Tokens of(String model) {
        return new Tokens() {
            @Override
            public int[] chat(List<ChatMessage> messages, List<String> tools, boolean opensAnswer)
                    throws RefusedChatException {
                return ids(encode(request(messages, tools)
                                .setAddGenerationPrompt(opensAnswer)
                                .build())
                        .getIdsList());
            }

            @Override
            public Written written(List<ChatMessage> messages, List<String> tools) throws RefusedChatException {
                EncodeChatResponse chat =
                        encode(request(messages, tools).setWithGenerated(true).build());
                return new Written(
                        ids(chat.getIdsList()),
                        chat.getGeneratedList().stream()
                                .map(range -> new Range(range.getFrom(), range.getTo()))
                                .toList());
            }

            private EncodeChatRequest.Builder request(List<ChatMessage> messages, List<String> tools) {
                EncodeChatRequest.Builder request =
                        EncodeChatRequest.newBuilder().setModel(model).addAllToolsJson(tools);
                messages.forEach(message -> request.addMessages(proto(message)));
                return request;
            }

            private EncodeChatResponse encode(EncodeChatRequest request) throws RefusedChatException {
                try {
                    return call().encodeChat(request);
                } catch (StatusRuntimeException failure) {
                    Status.Code code = failure.getStatus().getCode();
                    if (code == Status.Code.INVALID_ARGUMENT || code == Status.Code.FAILED_PRECONDITION) {
                        throw new RefusedChatException(
                                String.valueOf(failure.getStatus().getDescription()));
                    }
                    throw failure;
                }
            }

            @Override
            public int[] text(String text, boolean special) {
                EncodeRequest request = EncodeRequest.newBuilder()
                        .setModel(model)
                        .addTexts(text)
                        .setAddSpecial(special)
                        .build();
                return ids(call().encode(request).getEncodings(0).getIdsList());
            }

            @Override
            public String decoded(int[] ids) throws IOException {
                try {
                    return decode(List.of(sequence(ids))).getFirst();
                } catch (StatusRuntimeException failure) {
                    throw new IOException("the tokenizer service can't be asked: " + failure.getMessage(), failure);
                }
            }

            @Override
            public Set<Integer> control(int[] ids) {
                List<String> texts =
                        decode(Arrays.stream(ids).mapToObj(id -> sequence(id)).toList());
                Set<Integer> control = new HashSet<>();
                for (int i = 0; i < ids.length; i++) {
                    if (texts.get(i).isEmpty()) {
                        control.add(ids[i]);
                    }
                }
                return control;
            }

            private List<String> decode(List<Ids> sequences) {
                DecodeRequest request = DecodeRequest.newBuilder()
                        .setModel(model)
                        .addAllSequences(sequences)
                        .setSkipSpecial(true)
                        .build();
                return call().decode(request).getTextsList();
            }
        };
    }

    private static dev.millrace.contracts.v1.ChatMessage proto(ChatMessage message) {
        dev.millrace.contracts.v1.ChatMessage.Builder builder = dev.millrace.contracts.v1.ChatMessage.newBuilder()
                .setRole(message.role())
                .setToolCallId(message.toolCallId());
        if (!message.content().isEmpty() || message.toolCalls().isEmpty()) {
            builder.addContent(ContentPart.newBuilder().setText(message.content()));
        }
        for (ChatMessage.ToolCall call : message.toolCalls()) {
            builder.addToolCalls(
                    ToolCall.newBuilder().setId(call.id()).setName(call.name()).setArgumentsJson(call.arguments()));
        }
        return builder.build();
    }

    private static Ids sequence(int... ids) {
        return Ids.newBuilder().addAllIds(Arrays.stream(ids).boxed().toList()).build();
    }

    private static int[] ids(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }
}
