package dev.millrace.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReplicaChoiceTest {
    private static final Replica ONE = new Replica("one:1");
    private static final Replica TWO = new Replica("two:1");
    private static final ServedModel MODEL = new ServedModel(
            "tiny", ServedModel.State.READY, "", 1_000, 8, 512, 16, Instant.EPOCH, Optional.empty(), true);

    private final Routes routes = new Routes(List.of());

    private Route.Engines engines() {
        routes.seen(ONE, List.of(MODEL));
        routes.seen(TWO, List.of(MODEL));
        return (Route.Engines) routes.find("tiny");
    }

    private static int[] prompt(int first, int length) {
        return IntStream.range(first, first + length).toArray();
    }

    @Test
    void a_conversation_stays_with_the_replica_that_knows_it() {
        Route.Engines engines = engines();
        Replica first = routes.pick(engines, prompt(0, 100));
        routes.done(first);
        routes.pick(engines, prompt(5_000, 100));
        for (int length = 110; length <= 190; length += 10) {
            assertThat(routes.pick(engines, prompt(0, length))).isEqualTo(first);
            routes.done(first);
        }
    }

    @Test
    void prompts_that_share_little_are_spread() {
        Route.Engines engines = engines();
        Set<Replica> used = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            int[] ids = prompt(0, 200);
            for (int at = 32; at < ids.length; at++) {
                ids[at] += 1_000 * (i + 1);
            }
            used.add(routes.pick(engines, ids));
        }
        assertThat(used).containsExactlyInAnyOrder(ONE, TWO);
    }

    @Test
    void a_model_whose_replicas_are_all_lost_is_known_and_not_ready() {
        engines();
        routes.lost(ONE);
        assertThat(routes.find("tiny")).isEqualTo(new Route.Engines(MODEL, List.of(TWO)));
        routes.lost(TWO);
        assertThat(routes.find("tiny")).isInstanceOf(Route.NotReady.class);
        assertThat(routes.find("other")).isInstanceOf(Route.UnknownModel.class);
    }
}
