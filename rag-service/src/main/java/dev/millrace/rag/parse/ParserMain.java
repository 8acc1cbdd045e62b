package dev.millrace.rag.parse;

import dev.millrace.rag.parse.UnreadableDocumentException.Cause;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/** The parser process: reads names of files from its standard input, and answers with their text, until the input ends. */
final class ParserMain {
    private ParserMain() {}

    public static void main(String[] arguments) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        // whatever a library prints must not fall into the answers
        System.setOut(System.err);
        DocumentParser parser = new DocumentParser(Integer.parseInt(arguments[0]));
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        while (true) {
            Path file;
            try {
                file = Path.of(Wire.readText(in));
            } catch (EOFException done) {
                return;
            }
            answer(parser, file, Wire.readText(in), out);
        }
    }

    private static void answer(DocumentParser parser, Path file, String filename, DataOutputStream out)
            throws IOException {
        try {
            Wire.write(out, parser.parse(file, filename));
        } catch (UnreadableDocumentException e) {
            Wire.write(out, e);
        } catch (RuntimeException | IOException | StackOverflowError e) {
            Wire.write(out, new UnreadableDocumentException(Cause.INVALID_FILE, "the file can't be read: " + e));
        }
    }
}
