package dev.millrace.training.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a file holds its rows. */
public enum DataFormat {
    /** A JSON object a line. */
    JSONL("jsonl", "ndjson", "json"),
    /** A first line of names, then a row each; a cell that is to be a list or an object holds JSON. */
    CSV("csv"),
    /** The same with tabulators. */
    TSV("tsv"),
    PARQUET("parquet"),
    /** A text a line, to be learnt as it is. */
    TEXT("txt");

    private static final int GLANCE_BYTES = 64 << 10;
    private static final String PARQUET_MAGIC = "PAR1";

    @SuppressWarnings("ImmutableEnumChecker") // a list that nobody can change
    private final List<String> endings;

    DataFormat(String... endings) {
        this.endings = List.of(endings);
    }

    /** As a file's name says it; empty where it doesn't. */
    public static Optional<DataFormat> named(String filename) {
        String ending = filename.substring(filename.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        for (DataFormat format : values()) {
            if (format.endings.contains(ending)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** As a file's first bytes say it. What might be anything is JSONL: where it is not, its lines are refused. */
    public static DataFormat of(Path file) throws IOException {
        String beginning;
        try (InputStream in = Files.newInputStream(file)) {
            beginning = new String(in.readNBytes(GLANCE_BYTES), StandardCharsets.UTF_8);
        }
        if (beginning.startsWith(PARQUET_MAGIC)) {
            return PARQUET;
        }
        String first = beginning.lines().findFirst().orElse("");
        if (CsvRows.isHeader(first, ',')) {
            return CSV;
        }
        return CsvRows.isHeader(first, '\t') ? TSV : JSONL;
    }

    /**
     * By its word.
     *
     * @param field that has it
     * @throws IllegalArgumentException with those that there are
     */
    public static DataFormat of(String field, String word) {
        for (DataFormat format : values()) {
            if (format.word().equals(word)) {
                return format;
            }
        }
        throw new IllegalArgumentException(field + " must be one of "
                + Arrays.stream(values()).map(DataFormat::word).collect(Collectors.joining(", ")) + ", was " + word);
    }

    /** As it stands on the wire. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    Rows open(Path file) throws IOException, BadLineException {
        return switch (this) {
            case JSONL -> FileLines.json(file);
            case CSV -> CsvRows.open(file, ',');
            case TSV -> CsvRows.open(file, '\t');
            case PARQUET -> ParquetRows.open(file, ParquetRows.PATIENCE);
            case TEXT -> FileLines.text(file);
        };
    }
}
