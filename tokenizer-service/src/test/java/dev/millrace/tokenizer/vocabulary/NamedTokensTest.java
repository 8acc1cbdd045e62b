package dev.millrace.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NamedTokensTest {
    private static final Map<String, Integer> NAMES = Map.of("<<", 1, "<<<", 2, "<|end|>", 3, "end", 4, "é!", 5);
    private static final NamedTokens TOKENS = new NamedTokens(NAMES, Set.of());

    @Test
    void text_without_names_is_one_piece() {
        assertThat(TOKENS.split("nothing < here")).containsExactly(new Piece.Text("nothing < here"));
        assertThat(TOKENS.split("")).isEmpty();
    }

    @Test
    void names_are_cut_out_wherever_they_stand() {
        assertThat(TOKENS.split("<|end|>a<|end|>"))
                .containsExactly(new Piece.Token(3), new Piece.Text("a"), new Piece.Token(3));
        assertThat(TOKENS.split("xé!y")).containsExactly(new Piece.Text("x"), new Piece.Token(5), new Piece.Text("y"));
    }

    @Test
    void the_longest_name_wins_even_where_a_shorter_one_begins_earlier() {
        assertThat(TOKENS.split("<|end|>")).containsExactly(new Piece.Token(3));
        assertThat(TOKENS.split("<<<|end|>")).containsExactly(new Piece.Token(1), new Piece.Token(3));
        assertThat(TOKENS.split("<<<<<")).containsExactly(new Piece.Token(2), new Piece.Token(1));
    }

    @Test
    void a_token_that_swallows_white_space_leaves_none_behind_it() {
        NamedTokens swallowing = new NamedTokens(NAMES, Set.of(3));
        assertThat(swallowing.split("<|end|> \n a end b"))
                .containsExactly(new Piece.Token(3), new Piece.Text("a "), new Piece.Token(4), new Piece.Text(" b"));
        assertThat(swallowing.split("a <|end|>  ")).containsExactly(new Piece.Text("a "), new Piece.Token(3));
    }
}
