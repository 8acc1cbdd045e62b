package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestPlatform;
import dev.millrace.standalone.launch.Home;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts.FontName;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Documents from files to answers, with all that is real: command line, gateway, the service, its parser and encoder. */
class DocsTest {
    private final TestPlatform platform = TestPlatform.running();

    private record Outcome(int status, String out, String err) {}

    private Outcome docs(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Session session = new Session(
                new Home(platform.home().folder()),
                Map.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        String[] all = new String[arguments.length + 1];
        all[0] = "docs";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        int status = Millrace.run(session, all);
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static void pdf(Path file, String... pages) throws IOException {
        try (PDDocument document = new PDDocument()) {
            for (String text : pages) {
                PDPage page = new PDPage();
                document.addPage(page);
                try (PDPageContentStream content = new PDPageContentStream(document, page)) {
                    content.beginText();
                    content.setFont(new PDType1Font(FontName.HELVETICA), 12);
                    content.newLineAtOffset(72, 700);
                    content.showText(text);
                    content.endText();
                }
            }
            document.save(file.toFile());
        }
    }

    private static void docx(Path file, String text) throws IOException {
        try (XWPFDocument document = new XWPFDocument();
                OutputStream out = Files.newOutputStream(file)) {
            document.createParagraph().createRun().setText(text);
            document.write(out);
        }
    }

    @Test
    void a_folder_of_documents_is_taken_in_found_by_page_left_when_unchanged_replaced_and_removed(@TempDir Path folder)
            throws Exception {
        Path papers = Files.createDirectory(folder.resolve("papers"));
        pdf(
                papers.resolve("manual.pdf"),
                "This manual is about the mill at Oxbow.",
                "The main bearing needs forty grams of grease a week.",
                "The miller lives upstairs.");
        docx(papers.resolve("history.docx"), "The mill was built by Agnes Thorne in 1783.");
        Files.writeString(papers.resolve("水车.txt"), "水车每年春天检修一次。检修由村里的木匠负责。");
        Files.writeString(papers.resolve("broken.pdf"), "%PDF-1.7 and then nothing");
        Files.writeString(papers.resolve(".hidden"), "nobody should see this");

        Outcome added = docs("add", papers.toString(), "--store", "oxbow");
        assertThat(added.err()).isEmpty();
        assertThat(added.status()).isEqualTo(1);
        assertThat(added.out())
                .containsPattern("added +\\S+manual.pdf\\R")
                .containsPattern("added +\\S+history.docx\\R")
                .containsPattern("added +\\S+水车.txt\\R")
                .containsPattern("failed +\\S+broken.pdf: the file can't be read")
                .contains("3 added, 0 unchanged, 1 failed")
                .doesNotContain("hidden");

        JsonNode grease = search("how much grease does the bearing need?");
        assertThat(grease.path("filename").asString()).isEqualTo("manual.pdf");
        assertThat(grease.at("/place/first_page").asInt()).isEqualTo(1);
        assertThat(grease.at("/place/last_page").asInt()).isEqualTo(3);
        assertThat(grease.at("/content/0/text").asString()).contains("forty grams of grease");
        assertThat(search("who built the mill?").path("filename").asString()).isEqualTo("history.docx");
        assertThat(search("谁负责检修水车？").path("filename").asString()).isEqualTo("水车.txt");
        assertThat(docs("search", "grease", "--store", "oxbow", "--results", "1")
                        .out())
                .startsWith("manual.pdf, pages 1-3")
                .contains("  The main bearing needs forty grams");

        String question = "How many grams of grease does the main bearing need a week?";
        JsonNode response = JsonMapper.shared()
                .readTree(docs("ask", question, "--store", "oxbow", "--json").out());
        assertThat(response.at("/output/0/type").asString()).isEqualTo("file_search_call");
        JsonNode grounding = response.at("/output/1/grounding");
        assertThat(grounding.path("verdict").asString()).isNotBlank();
        Outcome asked = docs("ask", question, "--store", "oxbow");
        assertThat(asked.out())
                .startsWith(response.at("/output/1/content/0/text").asString())
                .contains(grounding.path("verdict").asString().replace('_', ' '));
        for (JsonNode sentence : grounding.path("sentences")) {
            assertThat(asked.out())
                    .contains(sentence.at("/source/quote").asString("").strip());
        }

        docx(papers.resolve("history.docx"), "The mill was built by Robert Vale in 1790.");
        assertThat(docs("add", papers.toString(), "--store", "oxbow").out())
                .containsPattern("unchanged +\\S+manual.pdf")
                .containsPattern("replaced +\\S+history.docx")
                .contains("1 added, 2 unchanged, 1 failed");
        assertThat(search("who built the mill?").at("/content/0/text").asString())
                .contains("Robert Vale");
        assertThat(docs("search", "Agnes Thorne", "--store", "oxbow").out()).doesNotContain("Agnes Thorne");

        assertThat(docs("list", "--store", "oxbow").out())
                .containsPattern("completed .*manual.pdf")
                .containsPattern("failed .*broken.pdf: the file can't be read");
        assertThat(docs("remove", "manual.pdf", "--store", "oxbow").out()).contains("manual.pdf");
        assertThat(docs("search", "grease", "--store", "oxbow").out()).doesNotContain("forty grams");
        assertThat(docs("remove", "manual.pdf", "--store", "oxbow").err()).contains("has no manual.pdf");
        assertThat(docs("remove", "--all", "--store", "oxbow").status()).isZero();
        assertThat(docs("list", "--store", "oxbow").err()).contains("There is no store \"oxbow\" yet");
    }

    private JsonNode search(String question) {
        Outcome found = docs("search", question, "--store", "oxbow", "--json");
        assertThat(found.status()).as(found.err()).isZero();
        return JsonMapper.shared().readTree(found.out()).path(0);
    }

    @Test
    void nothing_of_one_key_is_seen_with_another(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret.txt"), "The treasure lies under the third step.");
        assertThat(docs("add", secret.toString(), "--store", "private").status())
                .isZero();
        DocsClient mine = new DocsClient(platform.url(), platform.key());
        String store = mine.requiredStore("private");
        String file = mine.all("/v1/vector_stores/" + store + "/files")
                .getFirst()
                .path("id")
                .asString();

        DocsClient other = new DocsClient(platform.url(), newKey());
        assertThat(other.store("private")).isEmpty();
        ObjectNode ask = JsonMapper.shared().createObjectNode().put("query", "treasure");
        ObjectNode check = JsonMapper.shared().createObjectNode().put("text", "The treasure lies here.");
        check.putArray("vector_store_ids").add(store);
        String at = "/v1/vector_stores/" + store;
        ObjectNode fileId = JsonMapper.shared().createObjectNode().put("file_id", file);
        assertThat(refused(() -> other.post(at + "/search", ask))).contains("there is no vector store");
        assertThat(refused(() -> other.get(at + "/files/" + file + "/content"))).contains("there is no vector store");
        assertThat(refused(() -> other.get("/v1/files/" + file + "/content"))).contains("there is no file");
        assertThat(refused(() -> other.post("/v1/groundedness", check))).doesNotContain("third step");
        String own = other.post("/v1/vector_stores", JsonMapper.shared().createObjectNode())
                .path("id")
                .asString();
        assertThat(refused(() -> other.post("/v1/vector_stores/" + own + "/files", fileId)))
                .contains("there is no file");
        assertThat(other.post("/v1/vector_stores/" + own + "/search", ask).path("data"))
                .isEmpty();
        assertThat(mine.post(at + "/search", ask).at("/data/0/content/0/text").asString())
                .contains("third step");
        // what the store took in is its own: the file may go
        mine.delete("/v1/files/" + file);
        assertThat(StreamSupport.stream(
                        mine.post(at + "/search", ask).path("data").spliterator(), false))
                .hasSize(1);
    }

    private interface Call {
        JsonNode answer() throws Exception;
    }

    private static String refused(Call call) throws Exception {
        try {
            return "not refused: " + call.answer();
        } catch (Unable refusal) {
            return String.valueOf(refusal.getMessage());
        }
    }

    private String newKey() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Session session = new Session(
                new Home(platform.home().folder()),
                Map.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
        assertThat(Millrace.run(session, "keys", "create", "--name", "other", "--print"))
                .isZero();
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    @Test
    void a_new_store_gets_the_model_that_is_named_and_no_store_gets_another_unasked(@TempDir Path folder)
            throws Exception {
        Path wheel = Files.writeString(folder.resolve("水车.txt"), "水车每年春天检修一次。检修由村里的木匠负责。");
        Outcome unknown = docs("add", wheel.toString(), "--store", "水车", "--embedding-model", "word2vec");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err())
                .contains("\"word2vec\"; there are all-minilm-l6-v2, bge-small-en-v1.5, bge-small-zh-v1.5");

        assertThat(docs("add", wheel.toString(), "--store", "水车", "--embedding-model", "bge-small-zh-v1.5")
                        .out())
                .containsPattern("added +\\S+水车.txt\\R");
        DocsClient client = new DocsClient(platform.url(), platform.key());
        assertThat(client.found("水车").orElseThrow().path("embedding_model").asString())
                .isEqualTo("bge-small-zh-v1.5");
        assertThat(docs("search", "谁负责检修水车？", "--store", "水车").out()).contains("由村里的木匠负责");

        assertThat(docs("add", wheel.toString(), "--store", "水车").out()).contains("1 unchanged");
        Outcome other = docs("add", wheel.toString(), "--store", "水车", "--embedding-model", "all-minilm-l6-v2");
        assertThat(other.status()).isEqualTo(1);
        assertThat(other.err()).contains("has the embedding model bge-small-zh-v1.5, not all-minilm-l6-v2");
    }

    @Test
    void a_path_that_is_not_there_is_named() {
        Outcome outcome = docs("add", "nowhere.pdf");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("There is no file or folder nowhere.pdf");
    }
}
