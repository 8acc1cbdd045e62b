package dev.millrace.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.standalone.bench.LoadFigures.Users;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;

class ReportsTest {
    private static final Pattern DRAWING = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL);

    @Test
    void shares_are_of_the_peaks_of_this_machine() {
        // 1,000 tokens/s x 0.1 GMAC of 400 GMAC/s
        assertThat(Share.ofPrefill(
                                Figures.COST,
                                Figures.alone()
                                        .models()
                                        .getFirst()
                                        .servers()
                                        .getFirst()
                                        .prefill()
                                        .orElseThrow(),
                                Figures.PEAKS)
                        .int8())
                .isCloseTo(0.25, within(1e-9));
        Users four = new Users(4, 128, 128, Spread.of(200), Spread.of(150), Spread.of(100));
        Share share = Share.ofDecode(Figures.COST, four, Figures.PEAKS);
        // 200 x 0.15 of 400; 50 steps of 80 MB of 20 GB/s
        assertThat(share.int8()).isCloseTo(0.075, within(1e-9));
        assertThat(share.read()).isCloseTo(0.2, within(1e-9));
        assertThat(share.ofRoofline()).isEqualTo(share.read());
    }

    @Test
    void a_table_fits_a_terminal_and_shows_rates_spreads_and_shares() {
        String table = TextReport.of(Figures.alone());
        assertThat(table.lines()).allMatch(line -> line.length() <= 80);
        assertThat(table)
                .containsPattern("int8 multiply-adds +400.0 GMAC/s")
                .containsPattern("memory read +20.0 GB/s")
                .containsPattern("prefill of 512 +1000.0 t/s +25% of int8")
                .containsPattern("prefill of 8191 +745.0 t/s")
                .containsPattern("decode, one user +100.0 t/s +\\+-10% +4% of int8, 40% of read")
                .containsPattern("while 16 decode +740.0 ms +1.45 x alone")
                .containsPattern("others' gaps, meanwhile +median +96.0 +p99 +140.0 +max +171.5 ms")
                .containsPattern("second request with it +31.0 ms +3.1 decode steps")
                .containsPattern("load +0.81 s +again +0.24 s")
                .containsPattern("Q4_1 576 x 1536 +1 ");
    }

    @Test
    void two_servers_stand_side_by_side_with_the_ratio() {
        String table = TextReport.of(Figures.compared());
        assertThat(table.lines()).allMatch(line -> line.length() <= 80);
        assertThat(table)
                .containsPattern("Millrace +127.0.0.1:808. +ratio")
                .containsPattern("prefill of 512 t/s +1000.0 +500.0 +2.00")
                .containsPattern("decode, 16 users, sum t/s +400.0 \\S+ +200.0 \\S+ +2.00")
                .containsPattern("first token, beside others, ms +740.0 +1480.0 +2.00")
                .contains("Note: It & others");
    }

    @Test
    void json_holds_every_figure_with_its_spread() {
        JsonNode json = JsonReport.of(Figures.compared());
        assertThat(json.path("peaks").path("int8_gmacs").asDouble()).isEqualTo(400);
        JsonNode model = json.path("models").path(0);
        assertThat(model.path("load").path("again_ms").asDouble()).isEqualTo(240);
        assertThat(model.path("products").size()).isEqualTo(8);
        assertThat(model.path("products").path(0).path("type").asString()).isEqualTo("Q4_1");
        JsonNode own = model.path("servers").path(0);
        assertThat(own.path("prefill").path("share_of_int8").asDouble()).isCloseTo(0.25, within(1e-9));
        assertThat(own.path("users").size()).isEqualTo(7);
        JsonNode one = own.path("users").path(0);
        assertThat(one.path("users").asInt()).isEqualTo(1);
        assertThat(one.path("decode_tokens_per_second").path("median").asDouble())
                .isEqualTo(100);
        assertThat(one.path("decode_tokens_per_second").path("count").asInt()).isEqualTo(3);
        assertThat(own.path("newcomer").path("slowdown").asDouble()).isCloseTo(740.0 / 512, within(1e-9));
        assertThat(own.path("shared_prefix").path("steps").asDouble()).isCloseTo(3.1, within(1e-9));
        assertThat(model.path("servers").path(1).path("prefill").has("share_of_int8"))
                .as("another server's kernels aren't known")
                .isFalse();
        assertThat(model.path("ratios").path("users_64").asDouble()).isCloseTo(2, within(1e-9));
        assertThat(model.path("ratios").path("first_token_beside").asDouble()).isCloseTo(2, within(1e-9));
    }

    @Test
    void a_page_needs_nothing_but_itself() {
        for (BenchReport report : List.of(Figures.alone(), Figures.compared())) {
            String page = HtmlReport.of(report);
            assertThat(page.replace("http://www.w3.org/2000/svg", ""))
                    .doesNotContain("http:", "https:", "<script", "@import", "url(", "src=", "href=");
            assertThat(page).contains("Some Processor &lt;9&gt;").doesNotContain("<9>", "<llama>", "NaN", "Infinity");
            assertThat(page).contains("prefers-color-scheme: dark");
        }
    }

    @Test
    void its_drawings_are_sound_and_show_each_figure() throws Exception {
        Matcher drawings = DRAWING.matcher(HtmlReport.of(Figures.compared()));
        int count = 0;
        int dots = 0;
        while (drawings.find()) {
            var document = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(drawings.group())));
            dots += document.getElementsByTagName("circle").getLength();
            count++;
        }
        assertThat(count).isEqualTo(4);
        // seven counts of users at two servers, eight products
        assertThat(dots).isEqualTo(2 * 7 + 8);
    }

    @Test
    void what_was_not_measured_is_not_shown() {
        BenchReport whole = Figures.alone();
        LoadFigures nothing = new LoadFigures(
                Server.at("Millrace", "http://127.0.0.1:1", Optional.empty(), "m"),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of("Left out: all of it."));
        BenchReport empty = new BenchReport(
                whole.at(),
                whole.version(),
                whole.machine(),
                whole.plan(),
                List.of(new ModelFigures("m", "", Optional.empty(), Optional.empty(), 0, List.of(nothing))));
        assertThat(TextReport.of(empty)).contains("Left out: all of it.").doesNotContain("decode", "prefill of");
        assertThat(HtmlReport.of(empty)).contains("Left out: all of it.").doesNotContain("<svg");
        assertThat(JsonReport.of(empty)
                        .path("models")
                        .path(0)
                        .path("servers")
                        .path(0)
                        .has("prefill"))
                .isFalse();
    }
}
