package dev.millrace.rag.parse;

import dev.millrace.rag.parse.ParsedDocument.Heading;
import dev.millrace.rag.parse.UnreadableDocumentException.Cause;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.exception.TikaException;
import org.apache.tika.exception.UnsupportedFormatException;
import org.apache.tika.exception.ZeroByteFileException;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.parser.AutoDetectParser;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.xml.sax.SAXException;

/** Files to text by Apache Tika, in this thread and without a limit of time: {@link ParserPool} has one. */
final class DocumentParser {
    private static final Pattern MARKDOWN_HEADING = Pattern.compile("(?m)^(#{1,6})[ \\t]+(.+?)[ \\t#]*$");

    private final AutoDetectParser tika = new AutoDetectParser();
    private final int maxChars;

    DocumentParser(int maxChars) {
        this.maxChars = maxChars;
    }

    /**
     * @param filename what the user calls it: its ending helps where the bytes alone say too little
     */
    ParsedDocument parse(Path file, String filename) throws UnreadableDocumentException, IOException {
        Metadata metadata = new Metadata();
        metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, filename);
        StructureHandler handler = new StructureHandler(maxChars);
        ParseContext context = new ParseContext();
        context.set(Parser.class, tika);
        try (TikaInputStream stream = TikaInputStream.get(file)) {
            tika.parse(stream, handler, metadata, context);
        } catch (EncryptedDocumentException e) {
            throw new UnreadableDocumentException(Cause.ENCRYPTED, "the file is encrypted, and no password was given");
        } catch (ZeroByteFileException e) {
            throw new UnreadableDocumentException(Cause.INVALID_FILE, "the file is empty");
        } catch (UnsupportedFormatException e) {
            throw new UnreadableDocumentException(
                    Cause.UNSUPPORTED_FILE, "no parser reads this file: " + e.getMessage());
        } catch (SAXException | TikaException e) {
            throw unreadable(e);
        }
        String mediaType = String.valueOf(metadata.get(Metadata.CONTENT_TYPE));
        ParsedDocument document = handler.document(mediaType);
        if (document.text().isBlank()) {
            throw new UnreadableDocumentException(
                    mediaType.startsWith("application/octet-stream") ? Cause.UNSUPPORTED_FILE : Cause.INVALID_FILE,
                    "no text was found in the file, whose type seems to be " + mediaType);
        }
        return isMarkdown(mediaType, filename) ? withHeadings(document) : document;
    }

    private UnreadableDocumentException unreadable(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof StructureHandler.TooLong) {
                return new UnreadableDocumentException(
                        Cause.TOO_LARGE,
                        "the file holds more than " + maxChars + " characters of text, which is the limit");
            }
        }
        Throwable root = e.getCause() == null ? e : e.getCause();
        return new UnreadableDocumentException(Cause.INVALID_FILE, "the file can't be read: " + root.getMessage());
    }

    private static boolean isMarkdown(String mediaType, String filename) {
        return mediaType.contains("markdown")
                || filename.toLowerCase(Locale.ROOT).endsWith(".md");
    }

    private static ParsedDocument withHeadings(ParsedDocument plain) {
        List<Heading> headings = new ArrayList<>();
        Matcher matcher = MARKDOWN_HEADING.matcher(plain.text());
        while (matcher.find()) {
            headings.add(new Heading(matcher.start(), matcher.group(1).length(), matcher.group(2)));
        }
        return new ParsedDocument(plain.mediaType(), plain.text(), headings, plain.pages());
    }
}
