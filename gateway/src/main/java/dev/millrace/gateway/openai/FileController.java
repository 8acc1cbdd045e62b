package dev.millrace.gateway.openai;

import dev.millrace.gateway.files.FileStore;
import dev.millrace.gateway.files.FileTable;
import dev.millrace.gateway.files.StoredFile;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code /v1/files}: takes in, lists, shows, gives back and deletes a tenant's files. */
@RestController
final class FileController {
    private static final int MOST_LISTED = 10_000;
    private static final int PIECE_BYTES = 64 << 10;

    private final FileStore files;
    private final ResultFiles results;
    private final Uploads uploads;
    private final Json json;

    /** OpenAI's object. */
    record FileObject(
            String id,
            String object,
            long bytes,
            long createdAt,
            Optional<Long> expiresAt,
            String filename,
            String purpose,
            String status,
            Optional<String> statusDetails) {}

    record FileList(
            String object, List<FileObject> data, boolean hasMore, Optional<String> firstId, Optional<String> lastId) {}

    record Deleted(String id, String object, boolean deleted) {}

    FileController(FileStore files, ResultFiles results, Uploads uploads, Json json) {
        this.files = files;
        this.results = results;
        this.uploads = uploads;
        this.json = json;
    }

    @PostMapping("/v1/files")
    Mono<Void> create(ServerWebExchange exchange) {
        return json.write(
                exchange,
                uploads.take(exchange, Authentications.tenant(exchange)).map(FileController::object));
    }

    @GetMapping("/v1/files")
    Mono<Void> list(ServerWebExchange exchange) {
        String tenant = Authentications.tenant(exchange);
        MultiValueMap<String, String> query = exchange.getRequest().getQueryParams();
        int limit = Queries.integer(query, "limit", 1, MOST_LISTED).orElse(MOST_LISTED);
        boolean newestFirst =
                Queries.choice(query, "order", List.of("asc", "desc"), "desc").equals("desc");
        return json.write(
                exchange,
                Database.ask(() -> list(
                        tenant,
                        new FileTable.Page(
                                after(tenant, query),
                                limit + 1,
                                newestFirst,
                                Optional.ofNullable(query.getFirst("purpose"))))));
    }

    private Optional<StoredFile> after(String tenant, MultiValueMap<String, String> query) throws SQLException {
        @org.jspecify.annotations.Nullable String after = query.getFirst("after");
        if (after == null || after.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(files.find(tenant, after)
                .orElseThrow(() -> Refusal.invalid("after", "after must be a file's id, was " + Fields.shorten(after))
                        .exception()));
    }

    private FileList list(String tenant, FileTable.Page page) throws SQLException {
        List<StoredFile> found = files.list(tenant, page);
        boolean more = found.size() == page.limit();
        List<FileObject> data = found.stream()
                .limit(page.limit() - 1)
                .map(FileController::object)
                .toList();
        return new FileList(
                "list",
                data,
                more,
                data.stream().map(FileObject::id).findFirst(),
                data.isEmpty() ? Optional.empty() : Optional.of(data.getLast().id()));
    }

    @GetMapping("/v1/files/{id}")
    Mono<Void> show(ServerWebExchange exchange, @PathVariable String id) {
        Mono<StoredFile> file =
                ResultFiles.isOne(id) ? result(exchange, id).map(ResultFiles.Table::file) : find(exchange, id);
        return json.write(exchange, file.map(FileController::object));
    }

    @GetMapping("/v1/files/{id}/content")
    Mono<Void> content(ServerWebExchange exchange, @PathVariable String id) {
        ServerHttpResponse response = exchange.getResponse();
        if (ResultFiles.isOne(id)) {
            return result(exchange, id)
                    .flatMap(table -> write(
                            response,
                            table.file(),
                            Flux.just(response.bufferFactory().wrap(table.bytes()))));
        }
        return find(exchange, id)
                .flatMap(file -> write(
                        response, file, DataBufferUtils.read(files.path(file), response.bufferFactory(), PIECE_BYTES)));
    }

    private static Mono<Void> write(ServerHttpResponse response, StoredFile file, Flux<DataBuffer> bytes) {
        HttpHeaders headers = response.getHeaders();
        headers.setContentType(MediaType.APPLICATION_OCTET_STREAM);
        headers.setContentLength(file.bytes());
        headers.setContentDisposition(ContentDisposition.attachment()
                .filename(file.filename(), StandardCharsets.UTF_8)
                .build());
        // what a page of ours would do with it is not for its sender to say
        headers.set("X-Content-Type-Options", "nosniff");
        return response.writeWith(bytes);
    }

    private Mono<ResultFiles.Table> result(ServerWebExchange exchange, String id) {
        return results.find(Authentications.tenant(exchange), id)
                .onErrorMap(
                        RefusedException.class,
                        refused -> refused.refusal().kind() == Kind.NOT_FOUND
                                ? unknown(id).exception()
                                : refused)
                .switchIfEmpty(Mono.error(() -> unknown(id).exception()));
    }

    @DeleteMapping("/v1/files/{id}")
    Mono<Void> delete(ServerWebExchange exchange, @PathVariable String id) {
        String tenant = Authentications.tenant(exchange);
        return json.write(exchange, Database.ask(() -> {
            if (!files.delete(tenant, id)) {
                throw unknown(id).exception();
            }
            return new Deleted(id, "file", true);
        }));
    }

    private Mono<StoredFile> find(ServerWebExchange exchange, String id) {
        String tenant = Authentications.tenant(exchange);
        return Database.ask(
                () -> files.find(tenant, id).orElseThrow(() -> unknown(id).exception()));
    }

    /** Whether it is another's or nobody's, the answer is the same. */
    static Refusal unknown(String id) {
        return Refusal.of(
                Kind.NOT_FOUND,
                "file_not_found",
                "there is no file '" + Fields.shorten(id) + "': GET /v1/files lists those that there are");
    }

    private static FileObject object(StoredFile file) {
        return new FileObject(
                file.id(),
                "file",
                file.bytes(),
                file.createdAt().getEpochSecond(),
                file.expiresAt().map(Instant::getEpochSecond),
                file.filename(),
                file.purpose(),
                "processed",
                Optional.empty());
    }
}
