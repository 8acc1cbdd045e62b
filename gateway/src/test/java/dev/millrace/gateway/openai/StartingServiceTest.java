package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.RunningGateway;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** While the service of documents has not started yet. */
class StartingServiceTest {
    private static RunningGateway gateway;
    private static Client client;

    @BeforeAll
    static void start() {
        gateway = new RunningGateway("millrace.rag.address=in-process:nobody");
        client = new Client(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /v1/vector_stores             | {}
            /v1/vector_stores/vs_1/search | {'query':'q'}
            /v1/groundedness              | {'text':'a','passages':['a']}
            /v1/rerank                    | {'query':'q','documents':['a']}
            """)
    void a_client_is_told_to_try_again(String path, String body) {
        HttpResponse<String> answer = client.post(path, BadInputTest.quoted(body));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(Client.json(answer).at("/error/code").stringValue()).isEqualTo("service_starting");
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
    }
}
