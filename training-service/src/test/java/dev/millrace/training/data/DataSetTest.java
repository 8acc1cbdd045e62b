package dev.millrace.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.training.data.DataSet.Problem;
import dev.millrace.training.data.DataSet.Report;
import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.ExampleFile;
import dev.millrace.training.examples.Prompt;
import dev.millrace.training.examples.Sequence;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetTest {
    private static final Tokens TOKENS = new WordTokens();

    @TempDir
    Path folder;

    private Report build(boolean preference, String... lines) throws IOException {
        Path file = folder.resolve("data.jsonl");
        Files.writeString(file, String.join("\n", lines));
        return DataSet.build(
                file, new DataSet.Settings(preference, 200, OptionalInt.of(2)), TOKENS, folder.resolve("examples"));
    }

    private List<Example> examples() throws IOException {
        try (ExampleFile file = new ExampleFile(folder.resolve("examples"))) {
            List<Example> all = new ArrayList<>();
            for (int i = 0; i < file.size(); i++) {
                all.add(file.get(i));
            }
            return all;
        }
    }

    /** The learnt tokens as text. */
    private static String learnt(Sequence sequence) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < sequence.ids().length; i++) {
            if (sequence.scored().get(i)) {
                text.append(sequence.ids()[i] < 3 ? "|" : (char) (sequence.ids()[i] - 3 + 90));
            }
        }
        return text.toString();
    }

    @Test
    void of_a_chat_the_assistant_s_messages_with_weight_are_learnt() throws IOException {
        Report report = build(
                false,
                """
                {"messages":[{"role":"system","content":"x"},{"role":"user","content":"a"},\
                {"role":"assistant","content":"bcd","weight":0},{"role":"user","content":"e"},\
                {"role":"assistant","content":"fgh"}]}""",
                "",
                "{\"conversations\":[{\"from\":\"human\",\"value\":\"a\"},{\"from\":\"gpt\",\"value\":\"klm\"}]}");
        assertThat(report.problems()).isEmpty();
        assertThat(examples())
                .extracting(example -> learnt(example.sequences().getFirst()))
                .containsExactly("fgh|", "klm|");
    }

    @Test
    void of_a_completion_what_follows_the_prompt_is_learnt_and_of_a_text_all_but_its_first_token() throws IOException {
        build(false, "{\"prompt\":\"ab\",\"completion\":\"cde\"}", "{\"text\":\"fghi\"}");
        assertThat(examples())
                .extracting(example -> learnt(example.sequences().getFirst()))
                .containsExactly("cde|", "ghi|");
    }

    @Test
    void a_pair_has_two_answers_to_one_conversation() throws IOException {
        Report report = build(true, """
                {"input":{"messages":[{"role":"user","content":"a"}]},"preferred_output":[{"role":"assistant",\
                "content":"good"}],"non_preferred_output":[{"role":"assistant","content":"bad"}]}""", "{\"prompt\":\"a\",\"chosen\":\"yes\",\"rejected\":\"no\"}");
        assertThat(report.problems()).isEmpty();
        assertThat(examples().get(0).sequences())
                .extracting(DataSetTest::learnt)
                .containsExactly("good|", "bad|");
        assertThat(examples().get(1).sequences())
                .extracting(DataSetTest::learnt)
                .containsExactly("yes|", "no|");
    }

    @Test
    void what_a_row_asks_becomes_a_prompt_up_to_the_answer_that_is_learnt() throws IOException {
        Report chats = build(false, """
                {"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"cd"},\
                {"role":"user","content":"ef"},{"role":"assistant","content":"gh"}]}""", "{\"prompt\":\"ij\",\"completion\":\"kl\"}", "{\"text\":\"mnop\"}");
        assertThat(chats.prompts())
                .extracting(Prompt::asked, Prompt::wanted)
                .containsExactly(tuple("ef", "gh"), tuple("ij", "kl"));
        assertThat(TOKENS.decoded(chats.prompts().getFirst().ids()))
                .contains("ef")
                .contains("assistant");
        assertThat(TOKENS.decoded(chats.prompts().getFirst().answer())).isEqualTo("gh");
        assertThat(chats.prompts().getFirst().answer()).endsWith(2);
        Report pairs = build(true, "{\"prompt\":\"q\",\"chosen\":\"yes\",\"rejected\":\"no\"}");
        assertThat(pairs.prompts()).extracting(Prompt::wanted).containsExactly("yes");
    }

    @Test
    void bad_lines_are_named_by_number_with_what_is_wrong_and_after_twenty_the_rest_goes_unread() throws IOException {
        Report report = build(
                false,
                "{\"text\":\"good\"}",
                "not json",
                "[1]",
                "{\"question\":\"a\"}",
                "{\"messages\":[]}",
                "{\"messages\":[{\"role\":\"boss\",\"content\":\"a\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}]}",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
                        + "{\"role\":\"assistant\",\"content\":\"b\",\"weight\":0.5}]}",
                "{\"messages\":[{\"role\":\"developer\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}");
        assertThat(report.problems())
                .extracting(Problem::number)
                .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
        String[] expected = {
            "no JSON",
            "expected a JSON object",
            "[question]",
            "one message or more",
            "\"boss\"",
            "something to learn",
            "in a row",
            "begins with an assistant",
            "image_url",
            "0.5",
            "unknown role developer"
        };
        for (int i = 0; i < expected.length; i++) {
            assertThat(report.problems().get(i).toString()).contains(expected[i]);
        }
        String[] many = new String[50];
        java.util.Arrays.fill(many, "bad");
        assertThat(build(false, many).problems()).hasSize(20);
    }

    @Test
    void a_chat_whose_beginning_looks_different_once_it_goes_on_is_refused() throws IOException {
        Path file = folder.resolve("data.jsonl");
        Files.writeString(
                file,
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}");
        Tokens moody = new WordTokens() {
            @Override
            public int[] chat(List<ChatMessage> messages, List<String> tools, boolean opensAnswer)
                    throws RefusedChatException {
                int[] ids = super.chat(messages, tools, opensAnswer);
                ids[1] += messages.size();
                return ids;
            }
        };
        Report report = DataSet.build(
                file, new DataSet.Settings(false, 200, OptionalInt.empty()), moody, folder.resolve("examples"));
        assertThat(report.problems().toString()).contains("can't be told");
    }

    @Test
    void where_the_template_marks_the_assistant_s_tokens_its_word_counts() throws IOException {
        Path file = folder.resolve("data.jsonl");
        Files.writeString(file, """
                {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"bcd"},\
                {"role":"user","content":"e"},{"role":"assistant","content":"fgh","weight":0}]}""");
        int first = "user\na".length() + 2 + "assistant\n".length() + 1;
        Tokens marking = new WordTokens() {
            @Override
            public Written written(List<ChatMessage> messages, List<String> tools) throws RefusedChatException {
                int[] ids = chat(messages, tools, false);
                return new Written(ids, List.of(new Range(first, first + 2), new Range(ids.length - 4, ids.length)));
            }

            @Override
            public int[] chat(List<ChatMessage> messages, List<String> tools, boolean opensAnswer)
                    throws RefusedChatException {
                assertThat(opensAnswer).as("whether a difference was asked for").isFalse();
                return super.chat(messages, tools, false);
            }
        };
        Report report = DataSet.build(
                file, new DataSet.Settings(false, 200, OptionalInt.empty()), marking, folder.resolve("examples"));
        assertThat(report.problems()).isEmpty();
        assertThat(learnt(examples().getFirst().sequences().getFirst())).isEqualTo("bc");
    }

    private Report build(DataFormat format, boolean preference, String content) throws IOException {
        Path file = Files.writeString(folder.resolve("data"), content);
        return DataSet.build(
                file,
                format,
                new DataSet.Settings(preference, 200, OptionalInt.of(2)),
                TOKENS,
                folder.resolve("examples"));
    }

    @Test
    void cells_are_texts_over_many_lines_or_json_where_messages_are_meant() throws IOException {
        String table = "\uFEFFprompt,completion\nab,\"c\nd, \"\"e\"\"\"\nab\n\"x\",[1]\n";
        Report report = build(DataFormat.CSV, false, table);
        assertThat(report.problems())
                .extracting(Problem::toString)
                .containsExactly("line 4 has 1 cells, expected 2: [prompt, completion]");
        assertThat(report.examples()).isEqualTo(2);
        assertThat(examples())
                .extracting(example -> learnt(example.sequences().getFirst()))
                .containsExactly(shown("c\nd, \"e\"|"), shown("[1]|"));

        report = build(
                DataFormat.TSV,
                false,
                "messages\tid\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"a\"\"},"
                        + "{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"klm\"\"}]\"\t1\n[{\t2\n");
        assertThat(report.problems().toString()).contains("line 3 has no JSON in \"messages\"");
        assertThat(learnt(examples().getFirst().sequences().getFirst())).isEqualTo("klm|");
    }

    /** A text as {@link WordTokens} gives it back. */
    private static String shown(String text) {
        return text.chars()
                .mapToObj(character -> String.valueOf((char) (character % 90 + 90)))
                .collect(Collectors.joining());
    }

    @Test
    void a_table_that_names_nothing_we_know_or_breaks_off_in_a_quote_is_refused() throws IOException {
        assertThat(build(DataFormat.CSV, false, "question,answer\na,b\n")
                        .problems()
                        .toString())
                .contains("the file names the columns [question, answer]");
        assertThat(build(DataFormat.CSV, false, "text\ngood\n\"never ends\n")
                        .problems()
                        .toString())
                .contains("line 3 can't be read as cells");
    }

    @Test
    void of_a_plain_text_each_line_is_learnt() throws IOException {
        Report report = build(DataFormat.TEXT, false, "fghi\r\n\n{no\n");
        assertThat(report.problems()).isEmpty();
        assertThat(examples())
                .extracting(example -> learnt(example.sequences().getFirst()))
                .containsExactly("ghi|", "no|");
    }

    @Test
    void parquet_s_lists_of_structs_are_messages_and_its_bytes_texts() throws Exception {
        Report report = DataSet.build(
                resource("chats.parquet"),
                new DataSet.Settings(false, 200, OptionalInt.of(2)),
                TOKENS,
                folder.resolve("examples"));
        assertThat(report.problems())
                .extracting(Problem::toString)
                .containsExactly("row 3 has no assistant message with weight 1, expected something to learn");
        assertThat(examples())
                .extracting(example -> learnt(example.sequences().getFirst()))
                .containsExactly("bcd|", "klm|");

        report = DataSet.build(
                resource("pairs.parquet"),
                new DataSet.Settings(true, 200, OptionalInt.of(2)),
                TOKENS,
                folder.resolve("examples"));
        assertThat(report.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString()).startsWith("row 2 has the keys [prompt, chosen]"));
        assertThat(examples().getFirst().sequences())
                .extracting(DataSetTest::learnt)
                .containsExactly("yes|", "no|");
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DataSetTest.class.getResource("/data/" + name))
                .toURI());
    }

    @Test
    void parquet_that_is_cut_or_damaged_is_refused_whatever_byte_is_wrong() throws Exception {
        byte[] good = Files.readAllBytes(resource("chats.parquet"));
        Path file = folder.resolve("bad.parquet");
        for (int length = 4; length < good.length; length += 97) {
            Files.write(file, Arrays.copyOf(good, length));
            assertThat(DataSet.build(
                                    file,
                                    new DataSet.Settings(false, 200, OptionalInt.of(2)),
                                    TOKENS,
                                    folder.resolve("examples"))
                            .problems()
                            .toString())
                    .as("cut after " + length)
                    .contains("can't be read as Parquet");
        }
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            byte[] bad = good.clone();
            bad[4 + random.nextInt(bad.length - 4)] ^= (byte) (1 + random.nextInt(255));
            // one each: what is left of a reading before may still have its file mapped
            Path damaged = Files.write(folder.resolve(i + ".parquet"), bad);
            // some bytes are of no account; none may do more than make the file bad
            assertThat(rows(damaged)).isBetween(0, 3);
        }
    }

    private static int rows(Path file) throws IOException {
        int count = 0;
        try (Rows rows = ParquetRows.open(file, Duration.ofSeconds(1))) {
            while (rows.next().isPresent()) {
                count++;
            }
        } catch (BadLineException bad) {
            assertThat(bad).hasMessageContaining("can't be read as Parquet");
        }
        return count;
    }

    @Test
    void examples_that_are_too_long_are_left_out_and_counted() throws IOException {
        Report report = build(false, "{\"text\":\"" + "a".repeat(500) + "\"}", "{\"text\":\"short\"}");
        assertThat(report.tooLong()).isEqualTo(1);
        assertThat(report.examples()).isEqualTo(1);
        assertThat(report.problems()).isEmpty();
    }

    @Test
    void an_empty_file_and_one_that_is_no_text_are_refused() throws IOException {
        assertThat(build(false, "").problems().toString()).contains("the file is empty");
        Path file = folder.resolve("bytes");
        Files.write(file, "{\"text\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));
        Report report = DataSet.build(
                file, new DataSet.Settings(false, 200, OptionalInt.empty()), TOKENS, folder.resolve("examples"));
        assertThat(report.problems().toString()).contains("line 1 is no UTF-8");
    }
}
