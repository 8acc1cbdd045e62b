package dev.millrace.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.RunningGateway;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** A gateway whose training service isn't there: alone in its class, for two gateways of one process end each other. */
class FineTuningAwayTest {
    @Test
    void every_request_is_told_to_come_again() {
        try (RunningGateway gateway = new RunningGateway("millrace.training.address=in-process:nobody")) {
            HttpResponse<String> answer = new Client(gateway).get("/v1/fine_tuning/jobs");
            assertThat(BadInputTest.error(answer, 503).path("code").stringValue())
                    .isEqualTo("service_starting");
            assertThat(answer.headers().firstValue("retry-after")).isPresent();
        }
    }
}
