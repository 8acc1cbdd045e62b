package dev.millrace.rag.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.poi.xslf.usermodel.XMLSlideShow;
import org.apache.poi.xslf.usermodel.XSLFTextBox;
import org.apache.poi.xssf.usermodel.XSSFRow;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Slides, tables, books and letters, made small. */
class FormatsTest {
    @TempDir
    Path folder;

    private final DocumentParser parser = new DocumentParser(1_000_000);

    @Test
    void slides_are_pages() throws Exception {
        Path file = folder.resolve("a.pptx");
        try (XMLSlideShow show = new XMLSlideShow();
                OutputStream out = Files.newOutputStream(file)) {
            for (String text : new String[] {"The wheel is high.", "The stone is heavy."}) {
                XSLFTextBox box = show.createSlide().createTextBox();
                box.setText(text);
            }
            show.write(out);
        }
        ParsedDocument document = parser.parse(file, "a.pptx");
        assertThat(document.pageAt(document.text().indexOf("wheel"))).isEqualTo(1);
        assertThat(document.pageAt(document.text().indexOf("stone"))).isEqualTo(2);
    }

    @Test
    void a_tables_cells_stay_on_their_rows_line() throws Exception {
        Path file = folder.resolve("a.xlsx");
        try (XSSFWorkbook book = new XSSFWorkbook();
                OutputStream out = Files.newOutputStream(file)) {
            XSSFRow row = book.createSheet("Mills").createRow(0);
            row.createCell(0).setCellValue("Oxbow mill");
            row.createCell(1).setCellValue("1783");
            book.write(out);
        }
        assertThat(parser.parse(file, "a.xlsx").text()).contains("Mills").contains("Oxbow mill | 1783");
    }

    @Test
    void a_books_chapters_are_read_with_their_headings() throws Exception {
        Path file = folder.resolve("a.epub");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            byte[] type = "application/epub+zip".getBytes(StandardCharsets.US_ASCII);
            CRC32 sum = new CRC32();
            sum.update(type);
            ZipEntry first = new ZipEntry("mimetype");
            first.setMethod(ZipEntry.STORED);
            first.setSize(type.length);
            first.setCrc(sum.getValue());
            zip.putNextEntry(first);
            zip.write(type);
            entry(
                    zip,
                    "META-INF/container.xml",
                    "<container version='1.0' xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
                            + "<rootfile full-path='book.opf' media-type='application/oebps-package+xml'/></rootfiles></container>");
            entry(
                    zip,
                    "book.opf",
                    "<package version='3.0' xmlns='http://www.idpf.org/2007/opf'><manifest>"
                            + "<item id='c1' href='c1.xhtml' media-type='application/xhtml+xml'/></manifest>"
                            + "<spine><itemref idref='c1'/></spine></package>");
            entry(
                    zip,
                    "c1.xhtml",
                    "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>t</title></head><body><h1>The miller</h1>"
                            + "<p>He lives upstairs.</p></body></html>");
        }
        ParsedDocument document = parser.parse(file, "a.epub");
        assertThat(document.headingAt(document.text().indexOf("upstairs"))).isEqualTo("The miller");
    }

    private static void entry(ZipOutputStream zip, String name, String text) throws Exception {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_letter_is_read_with_what_hangs_on_it() throws Exception {
        String letter = """
                From: miller@example.org
                To: smith@example.org
                Subject: The axle
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary="b"

                --b
                Content-Type: text/plain; charset=utf-8

                The axle broke on Tuesday.
                --b
                Content-Type: text/plain; name="notes.txt"
                Content-Disposition: attachment; filename="notes.txt"

                It needs a new bearing.
                --b--
                """.replace("\n", "\r\n");
        Path file = Files.writeString(folder.resolve("a.eml"), letter);
        assertThat(parser.parse(file, "a.eml").text())
                .contains("The axle broke on Tuesday.")
                .contains("It needs a new bearing.");
    }
}
