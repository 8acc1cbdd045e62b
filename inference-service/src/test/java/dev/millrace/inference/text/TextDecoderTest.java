package dev.millrace.inference.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TextDecoderTest {
    private static Vocabulary vocabulary(byte[]... tokens) {
        return new Vocabulary(List.of(tokens), Set.of(), Set.of());
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    @Test
    void a_character_split_over_tokens_is_held_back_until_it_is_whole() {
        byte[] rocket = "🚀".getBytes(StandardCharsets.UTF_8);
        TextDecoder decoder = new TextDecoder(
                vocabulary(bytes(rocket[0]), bytes(rocket[1], rocket[2]), bytes(rocket[3], 'x'), bytes('y')));
        assertThat(decoder.accept(0)).isEmpty();
        assertThat(decoder.accept(1)).isEmpty();
        assertThat(decoder.accept(2)).isEqualTo("🚀x");
        assertThat(decoder.accept(3)).isEqualTo("y");
        assertThat(decoder.end()).isEmpty();
    }

    @Test
    void bytes_that_can_no_longer_become_a_character_are_replaced_as_soon_as_that_is_certain() {
        TextDecoder decoder = new TextDecoder(vocabulary(bytes(0xe4), bytes(0xbd), bytes('!'), bytes(0xff)));
        assertThat(decoder.accept(0)).isEmpty();
        assertThat(decoder.accept(1)).isEmpty();
        assertThat(decoder.accept(2)).isEqualTo("\ufffd!");
        assertThat(decoder.accept(3)).isEqualTo("\ufffd");
        assertThat(decoder.end()).isEmpty();
    }

    @Test
    void half_a_character_at_the_end_reads_as_a_replacement() {
        TextDecoder decoder = new TextDecoder(vocabulary(bytes('a', 0xe4, 0xbd)));
        assertThat(decoder.accept(0)).isEqualTo("a");
        assertThat(decoder.end()).isEqualTo("\ufffd");
    }

    @Test
    void control_tokens_are_not_shown_and_do_not_cut_characters() {
        Vocabulary vocabulary = new Vocabulary(
                List.of(bytes(0xc3), bytes(0xa9), "<|im_start|>".getBytes(StandardCharsets.UTF_8)),
                Set.of(2),
                Set.of());
        TextDecoder decoder = new TextDecoder(vocabulary);
        assertThat(decoder.accept(2)).isEmpty();
        assertThat(decoder.accept(0)).isEmpty();
        assertThat(decoder.accept(2)).isEmpty();
        assertThat(decoder.accept(1)).isEqualTo("é");
    }

    @Test
    void a_leading_space_belongs_to_the_answer() {
        TextDecoder decoder = new TextDecoder(vocabulary(" Hello".getBytes(StandardCharsets.UTF_8)));
        assertThat(decoder.accept(0)).isEqualTo(" Hello");
    }

    @Test
    void any_cut_of_any_text_gives_the_text_again() {
        long seed = new Random().nextLong();
        System.out.println("cuts with seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i >= 0; i--) {
                text.appendCodePoint(
                        switch (random.nextInt(4)) {
                            case 0 -> 'a' + random.nextInt(26);
                            case 1 -> 0xc0 + random.nextInt(0x100);
                            case 2 -> 0x4e00 + random.nextInt(0x1000);
                            default -> 0x1f300 + random.nextInt(0x200);
                        });
            }
            byte[] all = text.toString().getBytes(StandardCharsets.UTF_8);
            List<byte[]> tokens = new ArrayList<>();
            for (int from = 0; from < all.length; ) {
                int to = Math.min(all.length, from + 1 + random.nextInt(5));
                tokens.add(java.util.Arrays.copyOfRange(all, from, to));
                from = to;
            }
            TextDecoder decoder = new TextDecoder(new Vocabulary(tokens, Set.of(), Set.of()));
            StringBuilder decoded = new StringBuilder();
            for (int id = 0; id < tokens.size(); id++) {
                decoded.append(decoder.accept(id));
            }
            assertThat(decoded.append(decoder.end())).hasToString(text.toString());
        }
    }
}
