package dev.millrace.training.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;
import tools.jackson.dataformat.csv.CsvSchema;

/**
 * Rows of cells under a first row of names. After one whose quotes don't end, nobody can say where the next begins: it is the
 * last.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</a>
 */
final class CsvRows implements Rows {
    private static final CsvMapper CSV =
            CsvMapper.builder().enable(CsvReadFeature.WRAP_AS_ARRAY).build();
    /** A header has one of them at least. */
    private static final Set<String> NAMES =
            Set.of("messages", "conversations", "prompt", "completion", "text", "chosen", "rejected", "input");

    private final MappingIterator<String[]> rows;
    private final List<String> names;
    private long number = 1;
    private boolean broken;

    private CsvRows(MappingIterator<String[]> rows, List<String> names) {
        this.rows = rows;
        this.names = names;
    }

    static CsvRows open(Path file, char separator) throws IOException, BadLineException {
        MappingIterator<String[]> rows = CSV.readerFor(String[].class)
                .with(CsvSchema.emptySchema().withColumnSeparator(separator))
                .readValues(file.toFile());
        try {
            List<String> names = rows.hasNextValue()
                    ? Arrays.stream(rows.nextValue()).map(String::strip).toList()
                    : List.of();
            if (names.stream().noneMatch(NAMES::contains)) {
                throw new BadLineException("names the columns " + names + ", expected \"prompt\" and \"completion\","
                        + " \"text\", \"messages\", or \"prompt\", \"chosen\" and \"rejected\"");
            }
            return new CsvRows(rows, names);
        } catch (JacksonException broken) {
            rows.close();
            throw unreadable(broken);
        } catch (BadLineException bad) {
            rows.close();
            throw bad;
        }
    }

    /** Whether a file's first line names columns that we know. */
    static boolean isHeader(String line, char separator) {
        return Arrays.stream(line.replace("\uFEFF", "").split(String.valueOf(separator), -1))
                .map(name -> name.strip().replaceAll("^\"|\"$", ""))
                .anyMatch(NAMES::contains);
    }

    @Override
    public Optional<ObjectNode> next() throws BadLineException {
        if (broken) {
            return Optional.empty();
        }
        String[] cells;
        try {
            // where the row before ended
            number = rows.currentLocation().getLineNr();
            if (!rows.hasNextValue()) {
                return Optional.empty();
            }
            cells = rows.nextValue();
        } catch (JacksonException unreadable) {
            broken = true;
            throw unreadable(unreadable);
        }
        if (cells.length != names.size()) {
            throw new BadLineException("has " + cells.length + " cells, expected " + names.size() + ": " + names);
        }
        ObjectNode row = JsonMapper.shared().createObjectNode();
        for (int i = 0; i < cells.length; i++) {
            Cells.put(row, names.get(i), cells[i]);
        }
        return Optional.of(row);
    }

    private static BadLineException unreadable(JacksonException reason) {
        return new BadLineException("can't be read as cells: " + reason.getOriginalMessage());
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public String unit() {
        return "line";
    }

    @Override
    public void close() {
        rows.close();
    }
}
