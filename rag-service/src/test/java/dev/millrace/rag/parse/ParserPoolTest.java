package dev.millrace.rag.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.rag.parse.UnreadableDocumentException.Cause;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFParagraph;
import org.apache.poi.xwpf.usermodel.XWPFStyle;
import org.apache.poi.xwpf.usermodel.XWPFTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.CTStyle;

class ParserPoolTest {
    /** Of all tests; its process ends with this one, whose pipe it reads. */
    private static final ParserPool PARSER =
            new ParserPool(new ParserPool.Limits(Duration.ofSeconds(60), 160, 1_000_000));

    @TempDir
    Path folder;

    private ParsedDocument parse(String name, byte[] bytes) throws Exception {
        return PARSER.parse(Files.write(folder.resolve("stored"), bytes), name);
    }

    private ParsedDocument parse(String name, String text) throws Exception {
        return parse(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private UnreadableDocumentException refused(String name, byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("stored"), bytes);
        return catchThrowableOfType(UnreadableDocumentException.class, () -> PARSER.parse(file, name));
    }

    private byte[] pdf(boolean encrypted, String... pages) throws IOException {
        Path file = folder.resolve("made.pdf");
        try (PDDocument document = new PDDocument()) {
            for (String text : pages) {
                PDPage page = new PDPage();
                document.addPage(page);
                try (PDPageContentStream content = new PDPageContentStream(document, page)) {
                    content.beginText();
                    content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
                    content.newLineAtOffset(72, 700);
                    content.showText(text);
                    content.endText();
                }
            }
            if (encrypted) {
                document.protect(new StandardProtectionPolicy("owner", "user", new AccessPermission()));
            }
            document.save(file.toFile());
        }
        return Files.readAllBytes(file);
    }

    @Test
    void a_pdf_keeps_its_pages() throws Exception {
        ParsedDocument document = parse("a.pdf", pdf(false, "The first mill.", "The second mill."));
        assertThat(document.mediaType()).isEqualTo("application/pdf");
        assertThat(document.pages()).hasSize(2);
        assertThat(document.pageAt(document.text().indexOf("first"))).isEqualTo(1);
        assertThat(document.pageAt(document.text().indexOf("second"))).isEqualTo(2);
    }

    @Test
    void a_word_document_keeps_headings_and_tables() throws Exception {
        Path file = folder.resolve("made.docx");
        try (XWPFDocument document = new XWPFDocument();
                OutputStream out = Files.newOutputStream(file)) {
            CTStyle style = CTStyle.Factory.newInstance();
            style.setStyleId("Heading1");
            style.addNewName().setVal("heading 1");
            document.createStyles().addStyle(new XWPFStyle(style));
            XWPFParagraph heading = document.createParagraph();
            heading.setStyle("Heading1");
            heading.createRun().setText("Wheels");
            document.createParagraph().createRun().setText("An overshot wheel is fed from above.");
            XWPFTable table = document.createTable(1, 2);
            table.getRow(0).getCell(0).setText("height");
            table.getRow(0).getCell(1).setText("7 m");
            document.write(out);
        }
        ParsedDocument document = parse("made.docx", Files.readAllBytes(file));
        assertThat(document.headingAt(document.text().indexOf("overshot"))).isEqualTo("Wheels");
        assertThat(document.text()).contains("height | 7 m");
    }

    @Test
    void html_markdown_csv_json_and_chinese_text_are_read() throws Exception {
        ParsedDocument html = parse(
                "a.html",
                "<html><head><title>t</title><script>x()</script></head><body><h1>Mills</h1>"
                        + "<h2>Water</h2><p>They turn.</p></body></html>");
        assertThat(html.headingAt(html.text().indexOf("They"))).isEqualTo("Mills > Water");
        assertThat(html.text()).doesNotContain("x()");
        ParsedDocument markdown = parse("a.md", "# Mills\n\nText.\n\n## Wind ##\n\nSails.\n");
        assertThat(markdown.headingAt(markdown.text().indexOf("Sails"))).isEqualTo("Mills > Wind");
        assertThat(parse("a.csv", "name,height\nOld mill,7\n").text())
                .contains("Old mill")
                .contains("7");
        assertThat(parse("a.json", "{\"mill\": \"old\"}").text()).contains("\"mill\": \"old\"");
        assertThat(parse("a.txt", "水车是一种机械。它由水推动。").text()).contains("水车是一种机械。");
    }

    @Test
    void each_bad_file_fails_alone_with_its_reason() throws Exception {
        assertThat(refused("a.pdf", pdf(true, "Secret.")).why()).isEqualTo(Cause.ENCRYPTED);
        assertThat(refused("a.pdf", "%PDF-1.7 broken".getBytes(StandardCharsets.UTF_8))
                        .why())
                .isEqualTo(Cause.INVALID_FILE);
        assertThat(refused("a.txt", new byte[0]).why()).isEqualTo(Cause.INVALID_FILE);
        byte[] noise = new byte[5_000];
        new java.util.Random(1).nextBytes(noise);
        assertThat(refused("a.bin", noise).why()).isIn(Cause.UNSUPPORTED_FILE, Cause.INVALID_FILE);
        assertThat(refused("a.txt", "wheel ".repeat(300_000).getBytes(StandardCharsets.UTF_8)))
                .satisfies(e -> assertThat(e.why()).isEqualTo(Cause.TOO_LARGE))
                .hasMessageContaining("1000000");
        assertThat(parse("a.txt", "Still here.").text()).isEqualTo("Still here.");
    }

    @Test
    void a_file_that_takes_all_memory_ends_the_parser_and_not_the_service() throws Exception {
        // a table whose shared strings alone are far larger than the parser's heap
        Path file = folder.resolve("bomb.docx");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("[Content_Types].xml"));
            zip.write(("<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default"
                            + " Extension=\"xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>")
                    .getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("word/document.xml"));
            byte[] spaces = "<a>".repeat(100_000).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 600; i++) {
                zip.write(spaces);
            }
        }
        assertThat(refused("bomb.docx", Files.readAllBytes(file)).why())
                .isIn(Cause.OUT_OF_MEMORY, Cause.INVALID_FILE, Cause.TOO_LARGE);
        assertThat(parse("a.txt", "Still here.").text()).isEqualTo("Still here.");
    }

    @Test
    void a_file_that_takes_too_long_is_given_up() throws Exception {
        try (ParserPool hasty = new ParserPool(new ParserPool.Limits(Duration.ofMillis(1), 64, 1_000))) {
            Path file = Files.writeString(folder.resolve("slow.txt"), "A process doesn't start in a millisecond.");
            assertThat(catchThrowableOfType(UnreadableDocumentException.class, () -> hasty.parse(file, "slow.txt"))
                            .why())
                    .isEqualTo(Cause.TIMEOUT);
        }
    }
}
