package dev.millrace.training.data;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.StructAccessor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rows of a Parquet file: structs become objects, lists arrays, nulls are left out. A page that can't be read ends the file.
 *
 * @see <a href="https://parquet.apache.org/docs/file-format/">Parquet</a>
 */
final class ParquetRows implements Rows {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** How long the next rows may take. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int AT_ONCE = 32;

    private final ExecutorService reading = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("parquet").factory());
    private final Queue<Read> read = new ArrayDeque<>();
    private final Duration patience;
    private final Path path;
    private Optional<Opened> opened = Optional.empty();
    private long number;
    private boolean ended;

    private record Opened(ParquetFileReader file, RowReader rows) {}

    /** A row, or what is wrong with it. */
    private sealed interface Read {
        record Good(ObjectNode row) implements Read {}

        record Bad(BadLineException why) implements Read {}
    }

    private ParquetRows(Path path, Duration patience) {
        this.path = path;
        this.patience = patience;
    }

    /** @param patience for the next rows: there are damaged files of which the library waits for a page for ever */
    static ParquetRows open(Path path, Duration patience) throws IOException, BadLineException {
        ParquetRows rows = new ParquetRows(path, patience);
        try {
            rows.opened = Optional.of(rows.within(rows::opened));
            return rows;
        } catch (IOException | BadLineException failure) {
            rows.close();
            throw failure;
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // what is opened here is closed with the rows
    private Opened opened() throws IOException {
        ParquetFileReader file = ParquetFileReader.open(InputFile.of(path));
        try {
            return new Opened(file, file.rowReader());
        } catch (RuntimeException broken) {
            file.close();
            throw broken;
        }
    }

    @Override
    public Optional<ObjectNode> next() throws IOException, BadLineException {
        number++;
        if (read.isEmpty() && !ended) {
            read.addAll(within(this::some));
        }
        return switch (read.poll()) {
            case null -> Optional.empty();
            case Read.Good(ObjectNode row) -> Optional.of(row);
            case Read.Bad(BadLineException why) -> throw why;
        };
    }

    /** Whatever goes wrong within, nothing can be read after it. */
    private <T> T within(Callable<T> work) throws IOException, BadLineException {
        Future<T> result = reading.submit(work);
        try {
            return result.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException broken) {
            ended = true;
            throw new BadLineException("can't be read as Parquet: " + root(broken));
        } catch (TimeoutException _) {
            ended = true;
            result.cancel(true);
            throw new BadLineException("can't be read as Parquet: nothing came within " + patience.toSeconds() + " s");
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while a file was read");
        }
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private List<Read> some() {
        RowReader rows = opened.orElseThrow().rows();
        List<Read> some = new ArrayList<>();
        while (some.size() < AT_ONCE && rows.hasNext()) {
            rows.next();
            try {
                some.add(new Read.Good(row(rows)));
            } catch (BadLineException bad) {
                some.add(new Read.Bad(bad));
            }
        }
        ended = some.size() < AT_ONCE;
        return some;
    }

    private static ObjectNode row(RowReader rows) throws BadLineException {
        ObjectNode row = JsonMapper.shared().createObjectNode();
        for (int i = 0; i < rows.getFieldCount(); i++) {
            String name = rows.getFieldName(i);
            JsonNode value = value(rows.isNull(i) ? Optional.empty() : Optional.of(rows.getValue(i)), name);
            if (value.isString()) {
                Cells.put(row, name, value.asString());
            } else if (!value.isNull()) {
                row.set(name, value);
            }
        }
        return row;
    }

    private static ObjectNode object(StructAccessor struct, String at) throws BadLineException {
        ObjectNode object = JsonMapper.shared().createObjectNode();
        for (int i = 0; i < struct.getFieldCount(); i++) {
            if (!struct.isNull(i)) {
                String name = struct.getFieldName(i);
                object.set(name, value(Optional.of(struct.getValue(i)), at + "." + name));
            }
        }
        return object;
    }

    private static JsonNode value(Optional<Object> value, String at) throws BadLineException {
        return switch (value.orElse(null)) {
            case null -> NODES.nullNode();
            case String text -> NODES.stringNode(text);
            case Boolean flag -> NODES.booleanNode(flag);
            case Integer number -> NODES.numberNode(number);
            case Long number -> NODES.numberNode(number);
            case Float number -> NODES.numberNode(number);
            case Double number -> NODES.numberNode(number);
            case BigDecimal number -> NODES.numberNode(number);
            case byte[] bytes -> text(bytes, at);
            case PqStruct struct -> object(struct, at);
            case PqList list -> {
                ArrayNode array = NODES.arrayNode();
                for (int i = 0; i < list.size(); i++) {
                    array.add(value(Optional.ofNullable(list.get(i)), at + "[" + i + "]"));
                }
                yield array;
            }
            // dates and the like, which no row that we know has
            case Object other -> NODES.stringNode(other.toString());
        };
    }

    /** Bytes that the file doesn't call a text; older writers never do. */
    private static JsonNode text(byte[] bytes, String at) throws BadLineException {
        try {
            return NODES.stringNode(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException _) {
            throw new BadLineException("has bytes in \"" + at + "\" that are no UTF-8");
        }
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public String unit() {
        return "row";
    }

    @Override
    public void close() throws IOException {
        try {
            if (opened.isPresent()) {
                within(() -> {
                    try (ParquetFileReader file = opened.get().file()) {
                        opened.get().rows().close();
                        return file;
                    }
                });
            }
        } catch (BadLineException _) {
            // it was told when it was read
        } finally {
            reading.shutdownNow();
        }
    }
}
