package dev.millrace.training.data;

import java.io.IOException;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A text a line; blank lines are none. */
final class TextLines implements Rows {
    private final LineReader lines;

    TextLines(LineReader lines) {
        this.lines = lines;
    }

    @Override
    public Optional<ObjectNode> next() throws IOException, BadLineException {
        return lines.nextFilled()
                .map(line -> JsonMapper.shared().createObjectNode().put("text", line.stripTrailing()));
    }

    @Override
    public long number() {
        return lines.number();
    }

    @Override
    public String unit() {
        return "line";
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
