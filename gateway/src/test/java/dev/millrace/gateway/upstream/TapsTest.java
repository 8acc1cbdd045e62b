package dev.millrace.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What passes by is counted the same in whatever pieces it comes. */
class TapsTest {
    private static final String STREAM = """
            data: {"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null}

            : a comment

            data: {"id":"1","choices":[{"index":0,"delta":{"content":"Gr\u00fc\u00dfe \\"usage\\":{"}}]}

            data: {"id":"1","choices":[{"index":0,"delta":{"content": " \u4e16\u754c"}}]}\r
            \r
            data:{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            """;
    private static final String USAGE =
            "data: {\"id\":\"1\",\"choices\":[],\"usage\": {\"prompt_tokens\":31,\"total_tokens\":38,"
                    + "\"completion_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":16}}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private static List<byte[]> pieces(String text, Random random) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<byte[]> pieces = new ArrayList<>();
        int at = 0;
        while (at < bytes.length) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(40));
            byte[] piece = new byte[length];
            System.arraycopy(bytes, at, piece, 0, length);
            pieces.add(piece);
            at += length;
        }
        return pieces;
    }

    private static <T extends Tap> T fed(T tap, String text, Random random) {
        pieces(text, random).forEach(piece -> tap.see(ByteBuffer.wrap(piece)));
        return tap;
    }

    @Test
    void a_stream_is_counted_by_its_usage() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            EventTap tap = fed(new EventTap(99), STREAM + USAGE + DONE, random);
            assertThat(tap.counted()).isEqualTo(new Counted(31, 7, 16));
            assertThat(tap.ended()).isTrue();
        }
    }

    @Test
    void a_stream_without_usage_is_counted_by_the_events_that_bring_text() {
        Random random = new Random(2);
        for (int round = 0; round < 200; round++) {
            EventTap tap = fed(new EventTap(99), STREAM, random);
            assertThat(tap.counted()).isEqualTo(new Counted(99, 2, 0));
            assertThat(tap.ended()).isFalse();
        }
    }

    @Test
    void a_line_that_never_ends_does_not_fill_the_memory() {
        EventTap tap = new EventTap(1);
        ByteBuffer noise = ByteBuffer.wrap("x".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII));
        for (int count = 0; count < 1_000; count++) {
            tap.see(noise);
        }
        fed(tap, "\n" + USAGE, new Random(3));
        assertThat(tap.counted()).isEqualTo(new Counted(31, 7, 16));
    }

    @Test
    void an_answer_is_counted_by_its_own_usage_and_no_other() {
        String answer = """
                {"usage_note":{"prompt_tokens":1},"choices":[{"message":{"content":"{\\"usage\\":{\\"prompt_tokens\\":2}}",
                "usage":{"prompt_tokens":3}}}],"usage":{"prompt_tokens":31,"completion_tokens":7,
                "prompt_tokens_details":{"cached_tokens":16}},"kv":{"prompt_tokens":4}}
                """;
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            JsonTap tap = fed(new JsonTap(99, answer.length()), answer, random);
            assertThat(tap.counted()).isEqualTo(new Counted(31, 7, 16));
            assertThat(tap.ended()).isTrue();
        }
        assertThat(fed(new JsonTap(99, -1), "{\"choices\":[]}", random).counted())
                .isEqualTo(new Counted(99, 3, 0));
        assertThat(fed(new JsonTap(99, -1), "<html>", random).counted()).isEqualTo(new Counted(99, 1, 0));
        assertThat(fed(new JsonTap(99, -1), "{\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}", random)
                        .counted())
                .isEqualTo(new Counted(5, 6, 0));
    }

    @Test
    void only_the_event_with_usage_and_without_choices_is_taken_out() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            UsageFilter filter = new UsageFilter();
            ByteArrayOutputStream passed = new ByteArrayOutputStream();
            pieces(STREAM + USAGE + DONE + "data: cut", random)
                    .forEach(piece -> write(filter.take(Unpooled.wrappedBuffer(piece)), passed));
            write(filter.rest(), passed);
            assertThat(passed.toString(StandardCharsets.UTF_8)).isEqualTo(STREAM + DONE + "data: cut");
        }
    }

    private static void write(ByteBuf from, ByteArrayOutputStream to) {
        byte[] bytes = new byte[from.readableBytes()];
        from.readBytes(bytes);
        to.writeBytes(bytes);
    }

    @Test
    void a_demand_is_the_prompt_and_what_the_answer_may_come_to() {
        assertThat(demand("{\"prompt\":\"12345678\",\"max_tokens\":10}")).isEqualTo(12);
        assertThat(demand("{\"prompt\":\"12345678\",\"max_tokens\":10,\"n\":3}"))
                .isEqualTo(32);
        assertThat(demand("{\"prompt\":[1,2,3],\"max_completion_tokens\":5,\"max_tokens\":10}"))
                .isEqualTo(8);
        assertThat(demand("{\"prompt\":\"\u4e16\u754c\u4e16\u754c\"}")).isEqualTo(3 + 100);
        assertThat(
                        demand(
                                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                                        + "\"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}]}],\"max_tokens\":1}"))
                .isEqualTo(5);
        assertThat(demand("{\"max_tokens\":-5}")).isZero();
        assertThat(demand("{\"max_tokens\":99999999999999999999}")).isEqualTo(100);
        assertThat(demand("{\"max_tokens\":\"many\",\"n\":{},\"stream\":\"yes\",\"messages\":7}"))
                .isEqualTo(101);
    }

    private static long demand(String json) {
        return Demand.of((ObjectNode) new JsonMapper().readTree(json), true, 100)
                .mostTokens();
    }
}
