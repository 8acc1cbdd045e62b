package dev.millrace.gateway.openai;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import reactor.core.publisher.Mono;

/** {@code GET /openapi.json}: what every path takes and answers; a test holds it to what they really do. */
@RestController
final class DescriptionController {
    private final Json json;
    private final Map<String, Object> description;

    DescriptionController(Json json) throws IOException {
        this.json = json;
        try (InputStream yaml =
                Objects.requireNonNull(DescriptionController.class.getResourceAsStream("/openapi.yaml"))) {
            LoaderOptions own = new LoaderOptions();
            // a bound for the files of strangers
            own.setMaxAliasesForCollections(Integer.MAX_VALUE);
            this.description = new Yaml(own).load(yaml);
            // the file's own means of saying things once
            description.remove("x-shared");
        }
    }

    @GetMapping("/openapi.json")
    Mono<Void> describe(ServerWebExchange exchange) {
        return json.write(exchange, description);
    }
}
