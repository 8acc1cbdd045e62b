package dev.millrace.training.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module without weights, as {@code torch.jit.load} reads it: a zip of stored entries that holds the
 * module's source and a pickle that names its class.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/v2.7.1/torch/csrc/jit/docs/serialization.md">TorchScript
 *     serialization</a>
 */
final class ScriptArchive {
    private ScriptArchive() {}

    /**
     * @param className of the module's class in {@code source}
     */
    static byte[] of(String className, String source) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, "data.pkl", module(className));
            put(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            // protocol 2, an empty tuple
            put(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            // older versions stand for older signatures of torch's functions
            put(zip, "version", latin("10\n"));
            put(zip, "byteorder", latin("little"));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** A pickle of {@code __torch__.className()} with the one attribute that every module has: {@code training=False}. */
    private static byte[] module(String className) {
        String attribute = "training";
        return latin("\u0080\u0002c__torch__\n" + className + "\n)\u0081}(X" + (char) attribute.length() + "\0\0\0"
                + attribute + "\u0089ub.");
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry("archive/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
