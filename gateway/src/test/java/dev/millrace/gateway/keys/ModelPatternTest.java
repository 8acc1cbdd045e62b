package dev.millrace.gateway.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ModelPatternTest {
    @Test
    void a_star_stands_for_any_characters() {
        assertThat(new ModelPattern("qwen*").matches("qwen2.5-coder-1.5b")).isTrue();
        assertThat(new ModelPattern("qwen*").matches("qwen")).isTrue();
        assertThat(new ModelPattern("*coder*").matches("qwen2.5-coder-1.5b")).isTrue();
        assertThat(new ModelPattern("qwen*").matches("my-qwen")).isFalse();
        assertThat(new ModelPattern("smollm2-135m").matches("smollm2-135mm")).isFalse();
        assertThat(new ModelPattern("a.c").matches("abc")).isFalse();
    }

    @Test
    void it_agrees_with_a_regular_expression_on_random_names() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            String glob = draw(random, "ab*", 1 + random.nextInt(6));
            String name = draw(random, "ab", random.nextInt(8));
            boolean expected = Pattern.matches(glob.replace("*", ".*"), name);
            assertThat(new ModelPattern(glob).matches(name))
                    .as("%s on %s", glob, name)
                    .isEqualTo(expected);
        }
    }

    private static String draw(Random random, String letters, int length) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < length; at++) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }
}
