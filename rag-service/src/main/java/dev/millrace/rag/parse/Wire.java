package dev.millrace.rag.parse;

import dev.millrace.rag.parse.ParsedDocument.Heading;
import dev.millrace.rag.parse.ParsedDocument.Page;
import dev.millrace.rag.parse.UnreadableDocumentException.Cause;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the service and its parser process say to each other over the process's standard streams. */
final class Wire {
    private static final int PARSED = 1;
    private static final int UNREADABLE = 2;

    private Wire() {}

    static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    static void write(DataOutputStream out, ParsedDocument document) throws IOException {
        out.write(PARSED);
        writeText(out, document.mediaType());
        writeText(out, document.text());
        out.writeInt(document.headings().size());
        for (Heading heading : document.headings()) {
            out.writeInt(heading.start());
            out.writeInt(heading.level());
            writeText(out, heading.title());
        }
        out.writeInt(document.pages().size());
        for (Page page : document.pages()) {
            out.writeInt(page.number());
            out.writeInt(page.start());
        }
        out.flush();
    }

    static void write(DataOutputStream out, UnreadableDocumentException failure) throws IOException {
        out.write(UNREADABLE);
        writeText(out, failure.why().name());
        writeText(out, failure.reason());
        out.flush();
    }

    static ParsedDocument read(DataInputStream in) throws IOException, UnreadableDocumentException {
        int kind = in.readUnsignedByte();
        if (kind == UNREADABLE) {
            throw new UnreadableDocumentException(Cause.valueOf(readText(in)), readText(in));
        }
        if (kind != PARSED) {
            throw new IOException(
                    "the parser process said " + kind + " where " + PARSED + " or " + UNREADABLE + " was due");
        }
        String mediaType = readText(in);
        String text = readText(in);
        List<Heading> headings = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            headings.add(new Heading(in.readInt(), in.readInt(), readText(in)));
        }
        List<Page> pages = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            pages.add(new Page(in.readInt(), in.readInt()));
        }
        return new ParsedDocument(mediaType, text, headings, pages);
    }
}
