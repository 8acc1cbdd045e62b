package dev.millrace.tokenizer.vocabulary;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;

/** The texts of make_goldens.py, and what it keeps of their ids: a CRC-32 of little-endian 32-bit ids for each. */
final class GoldenTexts {
    static final JsonNode GOLDENS = SmallVocabularies.resource("goldens.json");
    static final List<String> SMALL = SmallVocabularies.list(GOLDENS.get("texts"), JsonNode::asString);

    private static final int CRC_DIGITS = 8;

    private GoldenTexts() {}

    /** Notes a text down whose ids aren't the expected ones. */
    static void compare(String mode, int index, int[] ids, String expected, List<String> different) {
        if (!crc(ids).equals(expected.substring(index * CRC_DIGITS, (index + 1) * CRC_DIGITS))) {
            different.add(mode + " text " + index + ": \"" + SMALL.get(index) + "\"");
        }
    }

    private static String crc(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.of(ids).forEach(bytes::putInt);
        CRC32 crc = new CRC32();
        crc.update(bytes.array());
        return String.format("%08x", crc.getValue());
    }
}
