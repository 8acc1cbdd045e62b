package dev.millrace.inference.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.kernels.compute.NativeLogits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int[] NO_PROMPT = {};

    private static MemorySegment rows(float... logits) {
        MemorySegment rows = Arena.ofAuto().allocate((long) logits.length * Float.BYTES, 64);
        MemorySegment.copy(logits, 0, rows, ValueLayout.JAVA_FLOAT, 0, logits.length);
        return rows;
    }

    private static int token(Sampled sampled) {
        return switch (sampled) {
            case Sampled.Token token -> token.id();
            case Sampled.Broken(String reason) -> throw new AssertionError(reason);
        };
    }

    private static SamplingState state(SamplingParameters parameters, int... prompt) {
        return new SamplingState(parameters, 0, Set.of(), prompt);
    }

    private static SamplingParameters parameters(
            float temperature, int topK, float topP, float minP, Map<Integer, Float> bias, long seed) {
        return new SamplingParameters(temperature, topK, topP, minP, 1, 0, 0, bias, seed, OptionalInt.empty());
    }

    private static SamplingParameters penalties(float repetition, float presence, float frequency) {
        return new SamplingParameters(0, 0, 1, 0, repetition, presence, frequency, Map.of(), 0, OptionalInt.empty());
    }

    @Test
    void temperature_0_takes_the_lowest_of_the_likeliest_ids() {
        Sampler sampler = new Sampler(600);
        float[] logits = new float[1200];
        logits[600 + 301] = 2;
        logits[600 + 302] = 2;
        logits[600 + 599] = 2;
        assertThat(token(sampler.sample(rows(logits), 1, state(SamplingParameters.greedy()), 0, true)))
                .isEqualTo(301);
    }

    @Test
    void a_row_with_a_number_that_is_none_is_broken_wherever_it_stands() {
        for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            for (int at : new int[] {0, 255, 256, 599}) {
                float[] logits = new float[600];
                logits[at] = poison;
                assertThat(new Sampler(600).sample(rows(logits), 0, state(SamplingParameters.greedy()), 0, true))
                        .isInstanceOf(Sampled.Broken.class);
            }
        }
        float[] nothing = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};
        assertThat(new Sampler(2).sample(rows(nothing), 0, state(SamplingParameters.greedy()), 0, true))
                .isInstanceOf(Sampled.Broken.class);
    }

    @Test
    void draws_come_as_often_as_their_probabilities_say() {
        float[] logits = new float[700];
        Random random = new Random(7);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian() * 2;
        }
        MemorySegment rows = rows(logits);
        Sampler sampler = new Sampler(logits.length);
        SamplingState state = state(parameters(0.8f, 0, 1, 0, Map.of(), 42));
        int draws = 200_000;
        int[] counts = new int[logits.length];
        for (int position = 0; position < draws; position++) {
            counts[token(sampler.sample(rows, 0, state, position, true))]++;
        }
        double[] expected = softmax(logits, 0.8);
        double chiSquare = 0;
        for (int i = 0; i < logits.length; i++) {
            double mean = expected[i] * draws;
            chiSquare += (counts[i] - mean) * (counts[i] - mean) / mean;
        }
        // 699 degrees of freedom: mean 699, standard deviation 37; the seed is fixed
        assertThat(chiSquare).isBetween(500.0, 900.0);
    }

    @Test
    void the_same_seed_choice_and_position_draw_the_same_whatever_came_before() {
        float[] logits = new float[500];
        MemorySegment rows = rows(logits);
        SamplingParameters seeded = SamplingParameters.seeded(99);
        List<Integer> forwards = new ArrayList<>();
        List<Integer> backwards = new ArrayList<>();
        Sampler one = new Sampler(500);
        Sampler other = new Sampler(500);
        for (int position = 0; position < 64; position++) {
            forwards.add(token(one.sample(rows, 0, state(seeded), position, true)));
            backwards.addFirst(token(other.sample(rows, 0, state(seeded), 63 - position, true)));
        }
        assertThat(forwards).isEqualTo(backwards);
        SamplingState secondChoice = new SamplingState(seeded, 1, Set.of(), NO_PROMPT);
        List<Integer> second = IntStream.range(0, 64)
                .mapToObj(position -> token(one.sample(rows, 0, secondChoice, position, true)))
                .toList();
        assertThat(second).isNotEqualTo(forwards);
    }

    @Test
    void truncation_leaves_what_a_full_sort_would_leave() {
        long seed = new Random().nextLong();
        System.out.println("truncation with seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int size = 2 + random.nextInt(1500);
            float[] logits = new float[size];
            for (int i = 0; i < size; i++) {
                // ties are common, as with quantised heads
                logits[i] = Math.round(random.nextGaussian() * 8) / 4f;
            }
            int topK = random.nextBoolean() ? 1 + random.nextInt(50) : 0;
            float topP = random.nextBoolean() ? 0.05f + random.nextFloat() * 0.95f : 1;
            float minP = random.nextBoolean() ? random.nextFloat() * 0.3f : 0;
            float temperature = 0.3f + random.nextFloat();
            Set<Integer> allowed = kept(logits, temperature, topK, topP, minP);
            Sampler sampler = new Sampler(size);
            MemorySegment rows = rows(logits);
            SamplingState state = state(parameters(temperature, topK, topP, minP, Map.of(), random.nextLong()));
            Set<Integer> seen = new HashSet<>();
            for (int position = 0; position < 200; position++) {
                seen.add(token(sampler.sample(rows, 0, state, position, true)));
            }
            assertThat(allowed)
                    .as("size %d, top-k %d, top-p %f, min-p %f", size, topK, topP, minP)
                    .containsAll(seen);
            if (allowed.size() <= 3) {
                assertThat(seen).contains(likeliest(logits));
            }
        }
    }

    private static int likeliest(float[] logits) {
        return IntStream.range(0, logits.length)
                .boxed()
                .max(Comparator.<Integer>comparingDouble(i -> logits[i]).thenComparing(Comparator.reverseOrder()))
                .orElseThrow();
    }

    /** By sorting everything; one id more than top-p strictly needs, for rounding. */
    private static Set<Integer> kept(float[] logits, double temperature, int topK, double topP, double minP) {
        double[] probabilities = softmax(logits, temperature);
        List<Integer> ids = new ArrayList<>(IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -logits[i]).thenComparing(i -> i))
                .toList());
        double most = probabilities[ids.getFirst()];
        ids.removeIf(id -> probabilities[id] < minP * most * (1 - 1e-5));
        if (topK > 0 && topK < ids.size()) {
            ids = ids.subList(0, topK);
        }
        double total = ids.stream().mapToDouble(id -> probabilities[id]).sum();
        Set<Integer> kept = new HashSet<>();
        double sum = 0;
        for (int id : ids) {
            if (sum >= topP * total * (1 + 1e-5)) {
                break;
            }
            kept.add(id);
            sum += probabilities[id];
        }
        return kept;
    }

    private static double[] softmax(float[] logits, double temperature) {
        double max = IntStream.range(0, logits.length)
                .mapToDouble(i -> logits[i])
                .max()
                .orElseThrow();
        double[] weights = IntStream.range(0, logits.length)
                .mapToDouble(i -> Math.exp((logits[i] - max) / temperature))
                .toArray();
        double total =
                IntStream.range(0, weights.length).mapToDouble(i -> weights[i]).sum();
        return IntStream.range(0, weights.length)
                .mapToDouble(i -> weights[i] / total)
                .toArray();
    }

    @Test
    void a_repetition_penalty_counts_for_prompt_and_answer() {
        MemorySegment rows = rows(2, 1.9f, 1.8f, -1);
        Sampler sampler = new Sampler(4);
        SamplingState state = state(penalties(1.5f, 0, 0), 0);
        assertThat(token(sampler.sample(rows, 0, state, 1, true))).isEqualTo(1);
        state.add(1);
        assertThat(token(sampler.sample(rows, 0, state, 2, true))).isEqualTo(2);
    }

    @Test
    void presence_and_frequency_penalties_count_for_the_answer_alone() {
        MemorySegment rows = rows(2, 1.5f, 0);
        Sampler sampler = new Sampler(3);
        SamplingState presence = state(penalties(1, 0.4f, 0), 0, 0, 0);
        presence.add(0);
        presence.add(0);
        assertThat(token(sampler.sample(rows, 0, presence, 1, true))).isEqualTo(0);
        SamplingState frequency = state(penalties(1, 0, 0.4f), 0, 0, 0);
        frequency.add(0);
        assertThat(token(sampler.sample(rows, 0, frequency, 1, true))).isEqualTo(0);
        frequency.add(0);
        assertThat(token(sampler.sample(rows, 0, frequency, 1, true))).isEqualTo(1);
    }

    @Test
    void penalties_hold_for_hundreds_of_ids() {
        int size = 5_000;
        Sampler sampler = new Sampler(size);
        MemorySegment rows = rows(new float[size]);
        SamplingState state = state(penalties(1, 1, 0));
        // each id is taken once: the lowest that the answer doesn't hold yet
        for (int i = 0; i < 1_000; i++) {
            int id = token(sampler.sample(rows, 0, state, i, true));
            assertThat(id).isEqualTo(i);
            state.add(id);
        }
    }

    @Test
    void a_bias_moves_a_token_up_or_out() {
        MemorySegment rows = rows(1, 2, 3);
        Sampler sampler = new Sampler(3);
        assertThat(token(sampler.sample(rows, 0, state(parameters(0, 0, 1, 0, Map.of(0, 5f, 2, -100f), 0)), 0, true)))
                .isEqualTo(0);
    }

    @Test
    void ids_that_end_the_answer_wait_for_its_least_length() {
        MemorySegment rows = rows(3, 2, 1);
        SamplingState state = new SamplingState(SamplingParameters.greedy(), 0, Set.of(0, 1), NO_PROMPT);
        Sampler sampler = new Sampler(3);
        assertThat(token(sampler.sample(rows, 0, state, 0, false))).isEqualTo(2);
        assertThat(token(sampler.sample(rows, 0, state, 0, true))).isEqualTo(0);
    }

    @Test
    void logprobs_are_the_models_own_whatever_is_done_to_the_choice() {
        float[] logits = {1, 3, 2, 0};
        SamplingParameters biased =
                new SamplingParameters(0.5f, 1, 1, 0, 1, 0, 0, Map.of(3, 50f), 5, OptionalInt.of(2));
        Sampled sampled = new Sampler(4).sample(rows(logits), 0, state(biased), 0, true);
        if (!(sampled instanceof Sampled.Token(int id, var logprob))) {
            throw new AssertionError(sampled);
        }
        double[] probabilities = softmax(logits, 1);
        assertThat(id).isEqualTo(3);
        assertThat(logprob.orElseThrow().logprob()).isCloseTo((float) Math.log(probabilities[3]), within(1e-6f));
        assertThat(logprob.orElseThrow().top()).extracting(TokenLogprob::id).containsExactly(1, 2);
        assertThat(logprob.orElseThrow().top().getFirst().logprob())
                .isCloseTo((float) Math.log(probabilities[1]), within(1e-6f));
    }

    @Test
    void exponentials_are_as_good_as_float_allows_and_the_same_in_every_lane() {
        int count = 100_003;
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            logits[i] = -90f * i / count;
        }
        MemorySegment rows = rows(logits);
        float[] plain = new float[count];
        float[] vectors = new float[count];
        double plainSum = new PlainLanes().weigh(rows, 0, count, 0, 1, plain);
        double vectorSum = new VectorLanes().weigh(rows, 0, count, 0, 1, vectors);
        float[] natives = new float[count];
        double nativeSum = nativeLanes().weigh(rows, 0, count, 0, 1, natives);
        assertThat(nativeSum).isCloseTo(plainSum, within(1e-5 * plainSum));
        assertThat(vectors).isEqualTo(plain);
        assertThat(vectorSum).isCloseTo(plainSum, within(1e-5 * plainSum));
        for (int i = 0; i < count; i++) {
            double expected = logits[i] < -87 ? 0 : Math.exp(logits[i]);
            assertThat((double) plain[i]).isCloseTo(expected, within(2e-7 * expected));
            assertThat((double) natives[i]).isCloseTo(expected, within(3e-7 * expected));
        }
    }

    private static Lanes nativeLanes() {
        return new NativeLanes(NativeLogits.open().orElseThrow());
    }

    @Test
    void lanes_of_every_kind_find_what_plain_loops_find() {
        Random random = new Random(3);
        float[] logits = new float[1_003];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        MemorySegment rows = rows(logits);
        Lanes plain = new PlainLanes();
        for (Lanes lanes : List.of(new VectorLanes(), nativeLanes())) {
            assertThat(lanes.greatest(rows, 3, 1_003)).isEqualTo(plain.greatest(rows, 3, 1_003));
            Candidates one = new Candidates(1_003);
            Candidates other = new Candidates(1_003);
            plain.collect(rows, 5, 1_003, 0.5f, one);
            lanes.collect(rows, 5, 1_003, 0.5f, other);
            assertThat(IntStream.range(0, other.size()).map(other::id))
                    .containsExactlyElementsOf(
                            IntStream.range(0, one.size()).map(one::id).boxed().toList());
            double mass = plain.massFrom(1, logits, 1_003);
            assertThat(lanes.massFrom(1, logits, 1_003)).isCloseTo(mass, within(1e-3));
            SamplingState state = state(parameters(0.7f, 0, 0.9f, 0.01f, Map.of(), 8));
            Sampler plainly = new Sampler(1_003, plain);
            Sampler inLanes = new Sampler(1_003, lanes);
            for (int position = 0; position < 500; position++) {
                assertThat(token(inLanes.sample(rows, 0, state, position, true)))
                        .isEqualTo(token(plainly.sample(rows, 0, state, position, true)));
            }
        }
    }

    @Test
    void lanes_of_every_kind_notice_a_logit_that_is_no_number() {
        for (int at : new int[] {0, 17, 1_002}) {
            float[] logits = new float[1_003];
            logits[at] = Float.NaN;
            for (Lanes lanes : List.of(new PlainLanes(), new VectorLanes(), nativeLanes())) {
                assertThat(lanes.greatest(rows(logits), 0, 1_003)).isNaN();
            }
        }
    }

    @Test
    void a_parameter_that_cannot_be_is_named_with_what_it_was() {
        assertThatThrownBy(() -> parameters(Float.NaN, 0, 1, 0, Map.of(), 0))
                .isInstanceOf(InvalidParameterException.class)
                .hasMessage("temperature must be from 0 to 2, was NaN");
        assertThatThrownBy(() -> parameters(1, 0, 2, 0, Map.of(), 0))
                .hasMessage("top_p must be more than 0 and at most 1, was 2.0");
        assertThatThrownBy(() -> parameters(1, -1, 1, 0, Map.of(), 0))
                .hasMessage("top_k must be 0 (all) or more, was -1");
        assertThatThrownBy(() -> penalties(1, 3, 0)).hasMessage("presence_penalty must be from -2 to 2, was 3.0");
        assertThatThrownBy(() -> parameters(1, 0, 1, 0, Map.of(7, 101f), 0))
                .hasMessage("logit_bias must be from -100 to 100, was 101.0");
    }
}
