package dev.millrace.training.data;

import java.io.IOException;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A JSON object a line; blank lines are none. */
final class JsonLines implements Rows {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final LineReader lines;

    JsonLines(LineReader lines) {
        this.lines = lines;
    }

    @Override
    public Optional<ObjectNode> next() throws IOException, BadLineException {
        Optional<String> line = lines.nextFilled();
        return line.isEmpty() ? Optional.empty() : Optional.of(object(line.get()));
    }

    private static ObjectNode object(String line) throws BadLineException {
        JsonNode row;
        try {
            row = JSON.readTree(line);
        } catch (JacksonException broken) {
            throw new BadLineException("is no JSON: " + broken.getOriginalMessage());
        }
        if (row instanceof ObjectNode object) {
            return object;
        }
        throw new BadLineException("is " + RowReader.shown(row) + ", expected a JSON object");
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
