package dev.millrace.gateway.openai;

import dev.millrace.gateway.files.FileStore;
import dev.millrace.gateway.files.Upload;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.codec.multipart.FilePartEvent;
import org.springframework.http.codec.multipart.FormPartEvent;
import org.springframework.http.codec.multipart.PartEvent;

/** The fields of a file's form, in whichever order they come. */
final class UploadForm {
    static final List<String> PURPOSES = List.of("assistants", "batch", "evals", "fine-tune", "user_data", "vision");
    private static final String FILE = "file";
    private static final String PURPOSE = "purpose";
    private static final String ANCHOR = "expires_after[anchor]";
    private static final String SECONDS = "expires_after[seconds]";
    private static final int LONGEST_NAME = 255;
    private static final long LEAST_SECONDS = 3_600;
    private static final long MOST_SECONDS = 2_592_000;

    private final Upload upload;
    private final String tenant;
    private final Map<String, String> values = new HashMap<>();
    private Optional<String> filename = Optional.empty();
    private boolean whole;

    UploadForm(Upload upload, String tenant) {
        this.upload = upload;
        this.tenant = tenant;
    }

    Upload upload() {
        return upload;
    }

    /** Takes a field, or a piece of the file. */
    void take(PartEvent event) throws IOException {
        switch (event) {
            case FormPartEvent field -> field(field.name(), field.value());
            case FilePartEvent piece when piece.name().equals(FILE) -> file(piece);
            default -> throw unknown(event.name()).exception();
        }
    }

    private void field(String name, String value) {
        switch (name) {
            case PURPOSE -> {
                if (!PURPOSES.contains(value)) {
                    throw Refusal.invalid(
                                    PURPOSE,
                                    "purpose must be one of " + String.join(", ", PURPOSES) + ", was "
                                            + Fields.shorten(value))
                            .exception();
                }
            }
            case ANCHOR -> {
                if (!value.equals("created_at")) {
                    throw Refusal.invalid(ANCHOR, ANCHOR + " must be created_at, was " + Fields.shorten(value))
                            .exception();
                }
            }
            case SECONDS -> seconds(value);
            case FILE ->
                throw Refusal.invalid(FILE, "file must be sent with a filename, had a text alone")
                        .exception();
            default -> throw unknown(name).exception();
        }
        if (values.putIfAbsent(name, value) != null) {
            throw Refusal.invalid(name, name + " is there twice").exception();
        }
    }

    private void file(FilePartEvent piece) throws IOException {
        if (whole) {
            throw Refusal.invalid(FILE, "file is there twice: send one file in a request")
                    .exception();
        }
        if (filename.isEmpty()) {
            filename = Optional.of(checked(piece.filename()));
        }
        try (DataBuffer.ByteBufferIterator buffers = piece.content().readableByteBuffers()) {
            while (buffers.hasNext()) {
                ByteBuffer buffer = buffers.next();
                upload.write(buffer);
            }
        }
        whole = piece.isLast();
    }

    private static String checked(String name) {
        if (name.isBlank() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw Refusal.invalid(
                            FILE,
                            "the file's name must have 1 to " + LONGEST_NAME + " visible characters, was \""
                                    + Fields.shorten(name) + "\"")
                    .exception();
        }
        return name;
    }

    private static Duration seconds(String text) {
        try {
            long seconds = Long.parseLong(text);
            if (seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException _) {
            // the same words
        }
        throw Refusal.invalid(
                        SECONDS,
                        SECONDS + " must be from " + LEAST_SECONDS + " (an hour) to " + MOST_SECONDS
                                + " (30 days), was " + Fields.shorten(text))
                .exception();
    }

    private static Refusal unknown(String name) {
        return Refusal.of(
                        Kind.INVALID,
                        "unknown_parameter",
                        "unrecognized form field: " + Fields.shorten(name) + "; a file's form has " + FILE + ", "
                                + PURPOSE + ", " + ANCHOR + " and " + SECONDS)
                .at(Fields.shorten(name));
    }

    /** What the form says of the file, once all of it is there. */
    FileStore.Description description() {
        String name = filename.orElseThrow(() -> missing(FILE).exception());
        String purpose = Optional.ofNullable(values.get(PURPOSE))
                .orElseThrow(() -> missing(PURPOSE).exception());
        if (upload.bytes() == 0) {
            throw Refusal.of(Kind.INVALID, "empty_file", "the file \"" + Fields.shorten(name) + "\" is empty")
                    .at(FILE)
                    .exception();
        }
        if (values.containsKey(ANCHOR) != values.containsKey(SECONDS)) {
            throw missing(values.containsKey(ANCHOR) ? SECONDS : ANCHOR).exception();
        }
        return new FileStore.Description(
                tenant, name, purpose, Optional.ofNullable(values.get(SECONDS)).map(UploadForm::seconds));
    }

    private static Refusal missing(String name) {
        return Refusal.of(Kind.INVALID, "missing_required_parameter", name + " is missing")
                .at(name);
    }
}
