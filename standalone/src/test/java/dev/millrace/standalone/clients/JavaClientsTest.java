package dev.millrace.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.millrace.standalone.TestPlatform;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;

/** The JVM's OpenAI clients, as they are, against a running platform. */
class JavaClientsTest {
    private static final String QUESTION = "Name three colours.";

    private final TestPlatform platform = TestPlatform.running();

    private OpenAIClient openai(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(platform.openaiUrl())
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private ChatCompletionCreateParams.Builder question() {
        return ChatCompletionCreateParams.builder()
                .model(platform.model())
                .addUserMessage(QUESTION)
                .temperature(0.0)
                .maxCompletionTokens(16);
    }

    @Test
    void openai_java_chats() {
        var answer =
                openai(platform.key()).chat().completions().create(question().build());
        assertThat(answer.choices().getFirst().message().content().orElseThrow())
                .isNotBlank();
        assertThat(answer.usage().orElseThrow().completionTokens()).isBetween(1L, 16L);
    }

    @Test
    void openai_java_streams_the_same_text_with_usage_in_the_last_chunk() {
        var client = openai(platform.key());
        String whole = client.chat()
                .completions()
                .create(question().build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
        List<ChatCompletionChunk> chunks;
        try (var stream = client.chat()
                .completions()
                .createStreaming(question()
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            chunks = stream.stream().toList();
        }
        var text = new StringBuilder();
        chunks.forEach(chunk ->
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append)));
        assertThat(text.toString()).isEqualTo(whole);
        assertThat(chunks.getLast().choices()).isEmpty();
        assertThat(chunks.getLast().usage()).isPresent();
    }

    @Test
    void openai_java_lists_models_and_embeds() {
        var client = openai(platform.key());
        assertThat(client.models().list().data()).anyMatch(model -> model.id().equals(platform.model()));
        var embeddings = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model(platform.model())
                        .inputOfArrayOfStrings(List.of("a mill", "a river"))
                        .build());
        assertThat(embeddings.data()).hasSize(2);
        assertThat(embeddings.data().getFirst().embedding()).isNotEmpty();
    }

    @Test
    void openai_java_throws_its_own_exceptions() {
        var client = openai(platform.key());
        assertThatThrownBy(() -> openai("mr-wrong")
                        .chat()
                        .completions()
                        .create(question().build()))
                .isInstanceOf(UnauthorizedException.class);
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(question().model("no-such-model").build()))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(question().temperature(3.0).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        error -> assertThat(error.param().orElseThrow()).isEqualTo("temperature"));
    }

    @Test
    void openai_java_times_out_and_the_next_request_is_served() {
        var impatient = OpenAIOkHttpClient.builder()
                .baseUrl(platform.openaiUrl())
                .apiKey(platform.key())
                .maxRetries(0)
                .timeout(Duration.ofMillis(5))
                .build();
        assertThatThrownBy(() -> impatient
                        .chat()
                        .completions()
                        .create(question().maxCompletionTokens(400).build()))
                .isInstanceOf(OpenAIIoException.class);
        assertThat(openai(platform.key())
                        .chat()
                        .completions()
                        .create(question().build())
                        .choices())
                .isNotEmpty();
    }

    @Test
    void spring_ai_chats_and_streams_the_same_text() {
        var model = org.springframework.ai.openai.OpenAiChatModel.builder()
                .options(OpenAiChatOptions.builder()
                        .baseUrl(platform.openaiUrl())
                        .apiKey(platform.key())
                        .model(platform.model())
                        .temperature(0.0)
                        .maxTokens(16)
                        .build())
                .build();
        String whole = Objects.requireNonNull(model.call(new Prompt(QUESTION)).getResult())
                .getOutput()
                .getText();
        var text = new StringBuilder();
        for (var part : model.stream(new Prompt(QUESTION)).toIterable()) {
            var result = part.getResult();
            if (result != null && result.getOutput().getText() != null) {
                text.append(result.getOutput().getText());
            }
        }
        assertThat(whole).isNotBlank();
        assertThat(text.toString()).isEqualTo(whole);
    }

    @Test
    void langchain4j_chats_and_throws_its_own_exceptions() {
        assertThat(langchain4j(platform.key(), platform.model(), 0.0).chat(QUESTION))
                .isNotBlank();
        assertThatThrownBy(() -> langchain4j("mr-wrong", platform.model(), 0.0).chat(QUESTION))
                .isInstanceOf(AuthenticationException.class);
        assertThatThrownBy(
                        () -> langchain4j(platform.key(), "no-such-model", 0.0).chat(QUESTION))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(
                        () -> langchain4j(platform.key(), platform.model(), 3.0).chat(QUESTION))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void langchain4j_streams_the_same_text() throws Exception {
        String whole = langchain4j(platform.key(), platform.model(), 0.0).chat(QUESTION);
        var streaming = OpenAiStreamingChatModel.builder()
                .baseUrl(platform.openaiUrl())
                .apiKey(platform.key())
                .modelName(platform.model())
                .temperature(0.0)
                .maxTokens(16)
                .build();
        var text = new StringBuilder();
        var done = new CompletableFuture<ChatResponse>();
        streaming.chat(List.of(UserMessage.from(QUESTION)), new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {
                text.append(part);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                done.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                done.completeExceptionally(error);
            }
        });
        var response = done.get(120, TimeUnit.SECONDS);
        assertThat(text.toString()).isEqualTo(whole);
        assertThat(response.tokenUsage().outputTokenCount()).isBetween(1, 16);
    }

    private OpenAiChatModel langchain4j(String key, String model, double temperature) {
        return OpenAiChatModel.builder()
                .baseUrl(platform.openaiUrl())
                .apiKey(key)
                .modelName(model)
                .temperature(temperature)
                .maxTokens(16)
                .maxRetries(0)
                .build();
    }
}
