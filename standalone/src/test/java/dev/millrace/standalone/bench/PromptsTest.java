package dev.millrace.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromptsTest {
    private static int words(String text) {
        return text.split(" ", -1).length;
    }

    @Test
    void a_prompt_has_the_tokens_asked_for_where_words_are_tokens() throws IOException {
        Prompts prompts = new Prompts(text -> 1 + words(text), 7);
        for (int tokens : List.of(2, 16, 128, 2000)) {
            assertThat(1 + words(prompts.text(tokens))).isEqualTo(tokens);
        }
    }

    @Test
    void where_words_are_several_tokens_it_has_a_few_less_at_most() throws IOException {
        Prompts prompts = new Prompts(text -> text.length() / 2, 7);
        for (int tokens : List.of(64, 512)) {
            assertThat(prompts.text(tokens).length() / 2).isBetween(tokens - 8, tokens);
        }
    }

    @Test
    void what_goes_on_from_a_beginning_begins_with_it() throws IOException {
        Prompts prompts = new Prompts(PromptsTest::words, 7);
        String beginning = prompts.text(50);
        String one = prompts.continued(beginning, 60);
        String other = prompts.continued(beginning, 60);
        assertThat(one).startsWith(beginning + " ").isNotEqualTo(other);
        assertThat(words(one)).isEqualTo(60);
    }

    @Test
    void no_two_prompts_begin_alike_and_the_same_seed_gives_the_same() throws IOException {
        Prompts prompts = new Prompts(PromptsTest::words, 7);
        Set<String> beginnings = new HashSet<>();
        for (int i = 0; i < 64; i++) {
            String text = prompts.text(32);
            beginnings.add(text.substring(0, text.indexOf(' ', 12)));
        }
        assertThat(beginnings).hasSizeGreaterThan(60);
        assertThat(new Prompts(PromptsTest::words, 9).text(20)).isEqualTo(new Prompts(PromptsTest::words, 9).text(20));
    }
}
