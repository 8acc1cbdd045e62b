package dev.millrace.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.keys.ModelPattern;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final ServedModel MODEL = model("m", ServedModel.State.READY);
    private final Routes routes = fresh();

    private static Routes fresh() {
        return new Routes(List.of(new Upstream(
                List.of(new ModelPattern("gpu-*"), new ModelPattern("m")),
                URI.create("http://gpu-1:8000/v1"),
                Optional.empty(),
                Optional.empty(),
                false,
                100,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1))));
    }

    private static ServedModel model(String name, ServedModel.State state) {
        return new ServedModel(name, state, "", 2_048, 64, 1_000, 16, Instant.EPOCH, Optional.empty(), true);
    }

    private static Route.Engines engines(int replicas) {
        return new Route.Engines(
                MODEL,
                IntStream.range(0, replicas)
                        .mapToObj(number -> new Replica("engine-" + number + ":9092"))
                        .toList());
    }

    private static int[] prompt(Random random, int length) {
        return random.ints(length, 0, 50_000).toArray();
    }

    @Test
    void a_name_leads_to_our_engines_first_then_to_other_servers() {
        assertThat(routes.find("m")).isInstanceOf(Route.Server.class);
        routes.seen(new Replica("a"), List.of(model("m", ServedModel.State.LOADING)));
        assertThat(routes.find("m")).isInstanceOf(Route.NotReady.class);
        routes.seen(new Replica("b"), List.of(MODEL));
        assertThat(routes.find("m")).isEqualTo(new Route.Engines(MODEL, List.of(new Replica("b"))));
        assertThat(routes.find("gpu-7")).isInstanceOf(Route.Server.class);
        assertThat(routes.find("other")).isEqualTo(new Route.UnknownModel("other"));
        routes.lost(new Replica("b"));
        assertThat(routes.find("m")).isInstanceOf(Route.NotReady.class);
    }

    @Test
    void prompts_that_begin_alike_go_to_the_same_replica_and_others_spread() {
        Random random = new Random(1);
        Map<Replica, Integer> counts = new HashMap<>();
        for (int round = 0; round < 1_000; round++) {
            int[] prompt = prompt(random, 64 + random.nextInt(200));
            Replica first = routes.pick(engines(4), prompt);
            routes.done(first);
            int[] longer = Arrays.copyOf(prompt, prompt.length + random.nextInt(500));
            Replica second = routes.pick(engines(4), longer);
            routes.done(second);
            assertThat(second).isEqualTo(first);
            counts.merge(first, 1, Integer::sum);
        }
        assertThat(counts.values())
                .hasSize(4)
                .allSatisfy(count -> assertThat(count).isBetween(150, 350));
    }

    @Test
    void one_replica_more_or_less_moves_only_its_own_prompts() {
        Random random = new Random(2);
        for (int round = 0; round < 500; round++) {
            int[] prompt = prompt(random, 100);
            Replica of5 = routes.pick(engines(5), prompt);
            routes.done(of5);
            Replica of4 = routes.pick(engines(4), prompt);
            routes.done(of4);
            if (engines(4).replicas().contains(of5)) {
                assertThat(of4).isEqualTo(of5);
            }
        }
    }

    @Test
    void a_hot_prefix_overloads_nobody_and_spills_in_one_order() {
        int[] hot = prompt(new Random(3), 100);
        List<Replica> picked = new ArrayList<>();
        Map<Replica, Integer> running = new HashMap<>();
        for (int count = 1; count <= 100; count++) {
            Replica replica = routes.pick(engines(4), hot);
            picked.add(replica);
            int there = running.merge(replica, 1, Integer::sum);
            assertThat(there).isLessThanOrEqualTo((int) Math.ceil(1.25 * count / 4));
        }
        // another gateway, that knows nothing of this one
        Routes another = fresh();
        List<Replica> again = new ArrayList<>();
        for (int count = 0; count < 100; count++) {
            again.add(another.pick(engines(4), hot));
        }
        assertThat(again).isEqualTo(picked);
    }

    @Test
    void a_prompt_of_less_than_a_block_goes_to_who_has_least_to_do() {
        int[] brief = {1, 2, 3};
        List<Replica> picked = new ArrayList<>();
        for (int count = 0; count < 8; count++) {
            picked.add(routes.pick(engines(4), brief));
        }
        for (Replica replica : engines(4).replicas()) {
            assertThat(picked.stream().filter(replica::equals).count()).isEqualTo(2);
        }
    }
}
