package dev.millrace.standalone.services;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ChatRequest;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.MillraceGrpc;
import dev.millrace.contracts.v1.ModelStats;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.standalone.Api;
import dev.millrace.standalone.Eventually;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What users and operators are promised, with the true engine and every service in a process of its own. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ServicesIT {
    /** Longer than the gateway tries to bring one record to Kafka, which is 15 s. */
    private static final Duration AWAY = Duration.ofSeconds(Integer.getInteger("millrace.away.seconds", 20));

    private static final String SENTENCE = "The wheel turns, the stones grind, and the flour runs into the sack. ";
    private static final int ENDLESS = 6_000;

    @TempDir
    private static Path folder;

    private static RunningServices services;
    private static Api api;

    @BeforeAll
    static void start() throws Exception {
        services = new RunningServices(folder);
        api = services.api(services.key("miller"));
    }

    @AfterAll
    static void stop() throws Exception {
        services.stop();
    }

    @Test
    void every_service_tells_that_it_lives_that_it_is_ready_and_what_it_counts() throws Exception {
        for (ServiceProcess process : services.processes) {
            assertThat(process.health("liveness")).startsWith("200").contains("UP");
            assertThat(process.health("readiness")).startsWith("200").contains("UP");
            assertThat(process.get("/actuator/prometheus")).startsWith("200").contains("jvm_memory_used_bytes");
        }
        assertThat(HealthGrpc.newBlockingStub(services.grpc)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void an_http_client_that_goes_away_in_mid_stream_leaves_no_block_behind() throws Exception {
        Counts before = counts();
        try (Api.Stream stream = api.stream(api.body("Count to a million.", ENDLESS))) {
            stream.next();
            awaitBlocks();
        }
        assertCancelledSince(before);
    }

    @Test
    void a_grpc_client_that_goes_away_in_mid_stream_leaves_no_block_behind() throws Exception {
        Counts before = counts();
        ChatRequest endless = ChatRequest.newBuilder()
                .setModel(api.model())
                .addMessages(ChatMessage.newBuilder()
                        .setRole("user")
                        .addContent(ContentPart.newBuilder().setText("Count to a million.")))
                .setStop(StopConditions.newBuilder().setMaxTokens(ENDLESS).setIgnoreEos(true))
                .build();
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + api.key());
        Channel channel =
                ClientInterceptors.intercept(services.grpc, MetadataUtils.newAttachHeadersInterceptor(headers));
        Context.CancellableContext call = Context.current().withCancellation();
        GenerateEvent _ = call.call(
                () -> MillraceGrpc.newBlockingStub(channel).chat(endless).next());
        awaitBlocks();
        call.cancel(null);
        assertCancelledSince(before);
    }

    /** Sums over the replicas, each as it stood at the end of its latest step. */
    private record Counts(long used, long running, long finished, long cancelled) {}

    private static Counts counts() {
        List<ModelStats> stats = services.stats();
        return new Counts(
                sum(stats, ModelStats::getBlocksUsed),
                sum(stats, model -> model.getRunning() + (long) model.getWaiting()),
                sum(stats, ModelStats::getRequestsFinished),
                sum(stats, ModelStats::getRequestsCancelled));
    }

    private static long sum(List<ModelStats> stats, ToLongFunction<ModelStats> number) {
        return stats.stream().mapToLong(number).sum();
    }

    /** A step's numbers are known at its end, a little after what it gave. */
    private static void awaitBlocks() throws Exception {
        Counts _ = Eventually.get("the request's blocks", ServicesIT::counts, counts -> counts.used() > 0);
    }

    /** The step that first counts the request as cancelled has its blocks back. */
    private static void assertCancelledSince(Counts before) throws Exception {
        Counts first = Eventually.get(
                "the cancelled request", ServicesIT::counts, counts -> counts.cancelled() > before.cancelled());
        assertThat(first).isEqualTo(new Counts(0, 0, before.finished(), before.cancelled() + 1));
    }

    @Test
    void a_prompt_goes_where_its_beginning_is_cached() throws Exception {
        Set<Integer> used = new HashSet<>();
        // each story goes to one of the two: they would all have to go to the same
        for (int story = 0; story < 50 && (story < 4 || used.size() < 2); story++) {
            String opening = "Story " + story + ". " + SENTENCE.repeat(8);
            List<Long> before = finished();
            for (int turn = 0; turn < 3; turn++) {
                JsonNode answer = api.chat(api.body(opening + "Then " + turn + " millers came.", 2));
                int cached =
                        answer.at("/usage/prompt_tokens_details/cached_tokens").asInt();
                assertThat(cached).isGreaterThanOrEqualTo(turn == 0 ? 0 : 100);
            }
            List<Long> grown = Eventually.get(
                    "three answers",
                    () -> IntStream.range(0, 2)
                            .mapToObj(replica -> finished().get(replica) - before.get(replica))
                            .toList(),
                    numbers -> numbers.stream().mapToLong(Long::longValue).sum() == 3);
            assertThat(grown).containsExactlyInAnyOrder(3L, 0L);
            used.add(grown.indexOf(3L));
        }
        assertThat(used).hasSize(2);
    }

    private static List<Long> finished() {
        return services.stats().stream().map(ModelStats::getRequestsFinished).toList();
    }

    @Test
    void a_replica_that_is_killed_takes_only_the_answers_with_it_that_had_begun() throws Exception {
        List<Api.Stream> streams = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Api.Stream stream = api.stream(api.body("Tale " + i, ENDLESS));
            stream.next();
            stream.next();
            streams.add(stream);
        }
        List<Integer> streaming = Eventually.get(
                "all streams in the replicas' numbers",
                () -> services.stats().stream().map(ModelStats::getRunning).toList(),
                running -> running.stream().mapToInt(Integer::intValue).sum() == streams.size());
        assertThat(streaming).doesNotContain(0);
        List<CompletableFuture<HttpResponse<String>>> unbegun = IntStream.range(0, 3)
                // of one token: none has begun and not ended
                .mapToObj(i -> api.send(api.body("Chapter " + i + ". " + SENTENCE.repeat(100), 1)))
                .toList();
        int index = Eventually.get(
                "a replica that reads a long prompt",
                () -> {
                    List<ModelStats> stats = services.stats();
                    return IntStream.range(0, 2)
                            .filter(i ->
                                    stats.get(i).getRunning() + stats.get(i).getWaiting() > streaming.get(i))
                            .findFirst()
                            .orElse(-1);
                },
                found -> found >= 0);
        Replica killed = services.replicas.get(index);
        killed.process().kill();

        List<CompletableFuture<List<String>>> endings = streams.stream()
                // each by a thread of its own: those that go on would keep the common ones
                .map(stream -> CompletableFuture.supplyAsync(stream::rest, Thread::startVirtualThread))
                .toList();
        List<CompletableFuture<List<String>>> ended = Eventually.get(
                "the ends of the streams of the killed replica",
                () -> endings.stream().filter(CompletableFuture::isDone).toList(),
                done -> done.size() >= streaming.get(index));
        assertThat(ended).hasSize(streaming.get(index)).allSatisfy(ending -> {
            JsonNode last = JsonMapper.shared().readTree(ending.join().getLast());
            assertThat(last.at("/error/type").asString()).isEqualTo("overloaded_error");
            assertThat(last.at("/error/message").asString()).contains("try again");
        });
        streams.forEach(Api.Stream::close);
        assertThat(unbegun)
                .allSatisfy(request -> assertThat(request.join().statusCode())
                        .as(request.join().body())
                        .isEqualTo(200));
        for (int i = 0; i < 8; i++) {
            assertThat(api.ask(api.body("Later " + i + ". " + SENTENCE.repeat(4), 2)))
                    .isNotBlank();
        }

        killed.process().startAgain();
        killed.process().awaitReady();
        Eventually.get(
                "an answer of the replica that came back",
                () -> {
                    api.chat(api.body("Once " + System.nanoTime() + ". " + SENTENCE.repeat(4), 1));
                    return killed.stats().getRequestsFinished();
                },
                count -> count > 0);
    }

    @Test
    void while_kafka_and_postgresql_are_away_known_keys_chat_on_and_their_usage_arrives_afterwards() throws Exception {
        Api.Key key = services.key("sailor");
        Api sailor = services.api(key);
        long sent = Eventually.get("the first usage", () -> recorded(key), count -> count > 0);

        services.stores.stop();
        long end = System.nanoTime() + AWAY.toNanos();
        while (System.nanoTime() < end) {
            assertThat(sailor.ask(sailor.body("Is anybody there?", 2))).isNotBlank();
            sent++;
            Thread.sleep(100);
        }
        services.stores.start();

        long all = sent;
        Eventually.get("all " + all + " records", () -> recorded(key), count -> count == all);
        sailor.chat(sailor.body("Land!", 2));
        Eventually.get("the record of the next", () -> recorded(key), count -> count == all + 1);
        assertThat(services.stores.number("select sum(requests) from gateway.usage_by_day where key_id = ?", key.id()))
                .isEqualTo(all + 1);
    }

    private static long recorded(Api.Key key) throws Exception {
        return services.stores.number("select count(*) from gateway.usage where key_id = ?", key.id());
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void a_running_answer_ends_before_its_services_do_and_nothing_was_written_outside_their_home() throws Exception {
        ObjectNode body = api.body("A last word?", 40);
        body.putObject("stream_options").put("include_usage", true);
        try (Api.Stream stream = api.stream(body)) {
            stream.next();
            stream.next();
            services.processes.forEach(ServiceProcess::askToStop);
            List<String> rest = stream.rest();
            assertThat(rest.getLast()).isEqualTo("[DONE]");
            JsonNode usage = JsonMapper.shared().readTree(rest.get(rest.size() - 2));
            assertThat(usage.at("/usage/completion_tokens").asInt()).isEqualTo(40);
        }
        for (ServiceProcess process : services.processes) {
            // 143 is how Java says that it was asked to stop
            assertThat(process.exitStatus()).as(process.said()).isIn(0, 143);
        }
        try (Stream<Path> left = Files.list(services.userHome())) {
            assertThat(left).isEmpty();
        }
    }
}
