package dev.millrace.rag.index;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A document's text from its chunks, which overlap. */
public final class DocumentText {
    private DocumentText() {}

    /** In order, each piece without what the ones before have of it already. */
    public static List<String> pieces(List<Hit> chunks) {
        List<String> pieces = new ArrayList<>();
        int covered = 0;
        for (Hit chunk :
                chunks.stream().sorted(Comparator.comparingInt(Hit::start)).toList()) {
            if (chunk.end() > covered) {
                pieces.add(chunk.text().substring(Math.max(0, covered - chunk.start())));
                covered = chunk.end();
            }
        }
        return pieces;
    }
}
