package dev.millrace.gateway.openai;

import static dev.millrace.gateway.openai.HardeningTest.send;
import static dev.millrace.gateway.openai.Multipart.BOUNDARY;
import static dev.millrace.gateway.openai.Multipart.field;
import static dev.millrace.gateway.openai.Multipart.fileHead;
import static dev.millrace.gateway.openai.Multipart.form;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.millrace.gateway.FakeBackend;
import dev.millrace.gateway.TestDatabase;
import dev.millrace.gateway.WholeGateway;
import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.gateway.keys.NewKey;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.testing.Eventually;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** {@code /v1/files} with a real PostgreSQL and a real folder. */
class FilesTest {
    private static final int MOST_BYTES = 1 << 20;

    @TempDir
    static Path folder;

    private static final FakeBackend BACKEND = new FakeBackend();
    private static TestDatabase database;
    private static WholeGateway gateway;
    private static Client client;
    private static Client other;
    private static Description description;

    @BeforeAll
    static void start() throws Exception {
        database = new TestDatabase();
        gateway = new WholeGateway(
                database.url(),
                "127.0.0.1:1",
                BACKEND,
                folder.resolve("journal"),
                "millrace.files.folder=" + files(),
                "millrace.files.max-size=" + MOST_BYTES + "B",
                "millrace.files.keep-free=0B",
                "millrace.http.body-timeout=4s");
        client = new Client(gateway::url, gateway.adminKey);
        other = new Client(
                gateway::url,
                gateway.context()
                        .getBean(KeyRegister.class)
                        .create(NewKey.named("other", Scope.INFERENCE))
                        .secret()
                        .reveal());
        description = new Description(Client.json(client.get("/openapi.json")));
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
        database.close();
        BACKEND.close();
    }

    @AfterEach
    void nothing_is_left_of_what_was_not_taken_in() throws Exception {
        Eventually.holds("no partial file is left", () -> partial() == 0);
        for (JsonNode file : Client.json(client.get("/v1/files")).path("data")) {
            client.send(
                    client.request("/v1/files/" + file.path("id").stringValue()).DELETE());
        }
        assertThat(folder.resolve("files")).isEmptyDirectory();
    }

    private static Path files() {
        return folder.resolve("files");
    }

    private static long partial() throws IOException {
        try (Stream<Path> paths = Files.list(files())) {
            return paths.filter(path -> path.getFileName().toString().startsWith("."))
                    .count();
        }
    }

    private static HttpResponse<String> post(Client who, BodyPublisher body) {
        return who.send(who.request("/v1/files")
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(body));
    }

    private static HttpResponse<String> post(byte[] form) {
        return post(client, BodyPublishers.ofByteArray(form));
    }

    private static JsonNode made(byte[] content, String purpose) {
        return Client.json(description.ask(
                client,
                "post /v1/files",
                200,
                client.request("/v1/files")
                        .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                        .POST(BodyPublishers.ofByteArray(form(content, field("purpose", purpose))))));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void a_file_comes_back_byte_for_byte_and_is_gone_once_it_is_deleted() throws Exception {
        byte[] content = random(700_001);
        JsonNode file = made(content, "fine-tune");
        String id = file.path("id").stringValue();
        assertThat(file.propertyNames())
                .containsExactlyInAnyOrder(
                        "id",
                        "object",
                        "bytes",
                        "created_at",
                        "expires_at",
                        "filename",
                        "purpose",
                        "status",
                        "status_details");
        assertThat(id).startsWith("file-");
        assertThat(file.path("bytes").asLong()).isEqualTo(content.length);
        assertThat(file.path("filename").stringValue()).isEqualTo("train.jsonl");
        assertThat(files().resolve(id)).hasBinaryContent(content);
        assertThat(Client.json(description.ask(
                        client,
                        "get /v1/files/{id}",
                        200,
                        client.request("/v1/files/" + id).GET())))
                .isEqualTo(file);
        HttpResponse<byte[]> back = client.http()
                .send(
                        client.request("/v1/files/" + id + "/content").GET().build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(back.body()).isEqualTo(content);
        assertThat(back.headers().firstValue("content-disposition").orElse("")).contains("train.jsonl");
        JsonNode deleted = Client.json(description.ask(
                client,
                "delete /v1/files/{id}",
                200,
                client.request("/v1/files/" + id).DELETE()));
        assertThat(deleted.path("deleted").asBoolean()).isTrue();
        for (String path : List.of("/v1/files/" + id, "/v1/files/" + id + "/content")) {
            assertThat(BadInputTest.error(client.get(path), 404).path("code").stringValue())
                    .isEqualTo("file_not_found");
        }
    }

    @Test
    void a_file_is_its_tenant_s_alone() {
        String id = made(random(10), "user_data").path("id").stringValue();
        assertThat(other.get("/v1/files/" + id).statusCode()).isEqualTo(404);
        assertThat(other.get("/v1/files/" + id + "/content").statusCode()).isEqualTo(404);
        assertThat(other.send(other.request("/v1/files/" + id).DELETE()).statusCode())
                .isEqualTo(404);
        assertThat(Client.json(other.get("/v1/files")).path("data")).isEmpty();
        assertThat(other.get("/v1/files?after=" + id).statusCode()).isEqualTo(400);
        assertThat(client.get("/v1/files/" + id).statusCode()).isEqualTo(200);
    }

    @Test
    void a_list_is_walked_page_by_page_in_both_orders_and_by_purpose() {
        List<String> ids = new ArrayList<>();
        for (String purpose : List.of("fine-tune", "user_data", "fine-tune", "batch", "fine-tune")) {
            ids.add(made(random(5), purpose).path("id").stringValue());
        }
        for (String order : List.of("asc", "desc")) {
            List<String> walked = new ArrayList<>();
            String after = "";
            boolean more = true;
            while (more) {
                JsonNode page = Client.json(description.ask(
                        client,
                        "get /v1/files",
                        200,
                        client.request("/v1/files?limit=2&order=" + order + "&after=" + after)
                                .GET()));
                page.path("data").forEach(file -> walked.add(file.path("id").stringValue()));
                after = page.path("last_id").stringValue();
                more = page.path("has_more").asBoolean();
            }
            assertThat(walked).isEqualTo(order.equals("asc") ? ids : ids.reversed());
        }
        assertThat(Client.json(client.get("/v1/files?purpose=fine-tune")).path("data"))
                .hasSize(3);
    }

    @Test
    void a_file_that_is_to_expire_says_when() throws Exception {
        JsonNode file = Client.json(post(form(
                random(3),
                field("expires_after[anchor]", "created_at"),
                field("expires_after[seconds]", "3600"),
                field("purpose", "batch"))));
        assertThat(file.path("expires_at").asLong() - file.path("created_at").asLong())
                .isEqualTo(3600);
        String id = file.path("id").stringValue();
        database.ask(
                "update gateway.file set expires_at = clock_timestamp() - interval '1 second' where id = ? returning id",
                id);
        assertThat(client.get("/v1/files/" + id).statusCode()).isEqualTo(404);
        gateway.context().getBean(dev.millrace.gateway.files.FileStore.class).sweep(java.time.Instant.now());
        assertThat(files().resolve(id)).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            purpose=fun                                                          | purpose                | must be one of assistants
            none=x                                                               | none                   | unrecognized form field
            purpose=batch, purpose=batch                                         | purpose                | twice
            purpose=batch, expires_after[seconds]=3600                           | expires_after[anchor]  | missing
            purpose=batch, expires_after[anchor]=created_at                      | expires_after[seconds] | missing
            purpose=batch, expires_after[anchor]=now                             | expires_after[anchor]  | must be created_at
            purpose=batch, expires_after[seconds]=5                              | expires_after[seconds] | was 5
            purpose=batch, file=text                                             | file                   | filename
            `                                                                   `| purpose                | missing
            """)
    void a_form_that_cannot_be_meant_is_refused_by_name(String fields, String param, String message) {
        String[] all = Stream.of(fields.strip().split(", ", -1))
                .filter(text -> !text.isBlank())
                .map(text -> field(
                        text.substring(0, text.indexOf('=')).strip(),
                        text.substring(text.indexOf('=') + 1).strip()))
                .toArray(String[]::new);
        JsonNode error = BadInputTest.error(post(form(random(9), all)), 400);
        assertThat(error.path("param").stringValue()).isEqualTo(param);
        assertThat(error.path("message").stringValue()).contains(message);
    }

    @Test
    void an_empty_file_a_broken_form_and_another_type_are_refused() {
        assertThat(BadInputTest.error(post(form(new byte[0], field("purpose", "batch"))), 400)
                        .path("code")
                        .stringValue())
                .isEqualTo("empty_file");
        byte[] whole = form(random(5000), field("purpose", "batch"));
        byte[] cut = java.util.Arrays.copyOf(whole, 2000);
        assertThat(BadInputTest.error(post(cut), 400).path("code").stringValue())
                .isEqualTo("invalid_multipart");
        BadInputTest.error(client.post("/v1/files", "{}"), 415);
        BadInputTest.error(client.get("/v1/files?limit=0"), 400);
        BadInputTest.error(client.get("/v1/files?order=up"), 400);
    }

    @Test
    void a_file_that_says_it_is_too_large_is_refused_before_it_is_read() {
        JsonNode error = BadInputTest.error(post(form(random(3 << 20), field("purpose", "batch"))), 413);
        assertThat(error.path("message").stringValue()).contains(MOST_BYTES + " bytes at most");
    }

    @Test
    void a_file_that_turns_out_too_large_is_refused_while_it_streams() throws Exception {
        AtomicLong sent = new AtomicLong();
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                sent.incrementAndGet();
                return 'x';
            }

            @Override
            public int read(byte[] into, int from, int length) {
                sent.addAndGet(length);
                return length;
            }
        };
        byte[] head = (field("purpose", "batch") + fileHead("endless.bin")).getBytes(StandardCharsets.UTF_8);
        try {
            HttpResponse<String> answer = client.http()
                    .send(
                            client.request("/v1/files")
                                    .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                                    .POST(BodyPublishers.ofInputStream(
                                            () -> new SequenceInputStream(new ByteArrayInputStream(head), endless)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(BadInputTest.error(answer, 413).path("code").stringValue())
                    .isEqualTo("file_too_large");
        } catch (IOException closed) {
            System.out.println("the client saw only that the connection was closed: " + closed);
        }
        // the client itself may send on for a while, until it has seen that it is refused
        Eventually.holds("nothing more is sent", () -> {
            long before = sent.get();
            Thread.sleep(500);
            return sent.get() == before;
        });
        assertThat(Client.json(client.get("/v1/files")).path("data")).isEmpty();
    }

    private static String head(int length) {
        return "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + gateway.adminKey
                + "\r\nContent-Type: multipart/form-data; boundary=" + BOUNDARY + "\r\nContent-Length: " + length
                + "\r\n\r\n";
    }

    private static Socket begun() throws Exception {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), gateway.url("/").getPort());
        socket.setSoTimeout(60_000);
        send(socket, head(500_000) + field("purpose", "batch") + fileHead("half.bin") + "x".repeat(100_000));
        Eventually.holds("the file has begun", () -> partial() == 1);
        return socket;
    }

    @Test
    void a_client_that_goes_away_leaves_nothing_and_alarms_nobody() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        root.addAppender(log);
        try {
            begun().close();
            Eventually.holds("nothing is left", () -> partial() == 0);
            try (Socket ended = begun()) {
                ended.shutdownOutput();
                Eventually.holds("nothing is left", () -> partial() == 0);
            }
        } finally {
            root.detachAppender(log);
        }
        assertThat(log.list)
                .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.ERROR))
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEmpty();
    }

    @Test
    void a_client_that_falls_silent_is_told_so_and_leaves_nothing() throws Exception {
        try (Socket socket = begun()) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 408 ").contains("nothing of the file arrived for 4000 ms");
        }
    }

    @Test
    void a_slow_client_that_goes_on_sending_has_all_the_time_it_needs() throws Exception {
        byte[] form = form(random(60), field("purpose", "batch"));
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), gateway.url("/").getPort())) {
            socket.setSoTimeout(60_000);
            send(socket, head(form.length).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            // in all longer than a body may take
            for (int from = 0; from < form.length; from += 20) {
                socket.getOutputStream().write(form, from, Math.min(20, form.length - from));
                Thread.sleep(400);
            }
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void every_error_that_is_described_comes() {
        for (String operation : List.of("get /v1/files/{id}", "get /v1/files/{id}/content", "delete /v1/files/{id}")) {
            String method = operation.substring(0, operation.indexOf(' ')).toUpperCase(java.util.Locale.ROOT);
            String path = operation.substring(operation.indexOf(' ') + 1).replace("{id}", "file-none");
            description.ask(client, operation, 404, client.request(path).method(method, BodyPublishers.noBody()));
            description.ask(client, operation, 401, client.withoutKey(path).method(method, BodyPublishers.noBody()));
        }
    }
}
