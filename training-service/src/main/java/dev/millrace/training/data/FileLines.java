package dev.millrace.training.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A row a line; blank lines are none. */
final class FileLines implements Rows {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final LineReader lines;
    private final Form form;

    /** What a line is. */
    private interface Form {
        ObjectNode row(String line) throws BadLineException;
    }

    private FileLines(Path file, Form form) throws IOException {
        this.lines = new LineReader(file);
        this.form = form;
    }

    /** Each is a JSON object. */
    static FileLines json(Path file) throws IOException {
        return new FileLines(file, FileLines::object);
    }

    /** Each is a text. */
    static FileLines text(Path file) throws IOException {
        return new FileLines(file, line -> JSON.createObjectNode().put("text", line.stripTrailing()));
    }

    @Override
    public Optional<ObjectNode> next() throws IOException, BadLineException {
        Optional<String> line = lines.next();
        while (line.isPresent() && line.get().isBlank()) {
            line = lines.next();
        }
        return line.isEmpty() ? Optional.empty() : Optional.of(form.row(line.get()));
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
