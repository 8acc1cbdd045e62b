package dev.millrace.gateway.upstream;

import java.nio.ByteBuffer;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.async.ByteBufferFeeder;
import tools.jackson.core.json.JsonFactory;

/**
 * Finds the {@code usage} object of a JSON answer that comes in pieces, without keeping the answer. What is no JSON has no
 * usage; it is for the client to judge.
 */
final class UsageReader {
    private static final JsonFactory JSON = new JsonFactory();

    private final JsonParser parser = JSON.createNonBlockingByteBufferParser(ObjectReadContext.empty());
    private final ByteBufferFeeder feeder = (ByteBufferFeeder) parser.nonBlockingInputFeeder();
    private boolean broken;
    private int depth;
    private int usageDepth;
    private String name = "";
    private boolean found;
    private long promptTokens;
    private long completionTokens;
    private long cachedTokens;

    /** The next piece; its position is left as it is. */
    void read(ByteBuffer piece) {
        if (broken) {
            return;
        }
        try {
            feeder.feedInput(piece.duplicate());
            for (JsonToken token = parser.nextToken();
                    token != null && token != JsonToken.NOT_AVAILABLE;
                    token = parser.nextToken()) {
                see(token);
            }
        } catch (JacksonException noJson) {
            broken = true;
        }
    }

    /** Empty where no usage has come. */
    Optional<Counted> counted() {
        return found ? Optional.of(new Counted(promptTokens, completionTokens, cachedTokens)) : Optional.empty();
    }

    private void see(JsonToken token) {
        switch (token) {
            case START_OBJECT, START_ARRAY -> {
                depth++;
                if (token == JsonToken.START_OBJECT && depth == 2 && name.equals("usage")) {
                    usageDepth = depth;
                    found = true;
                }
                name = "";
            }
            case END_OBJECT, END_ARRAY -> {
                if (depth == usageDepth) {
                    usageDepth = 0;
                }
                depth--;
                name = "";
            }
            case PROPERTY_NAME -> name = depth == 1 || usageDepth > 0 ? parser.currentName() : "";
            case VALUE_NUMBER_INT -> {
                if (usageDepth > 0) {
                    count(parser.getLongValue());
                }
            }
            default -> {}
        }
    }

    private void count(long tokens) {
        switch (name) {
            case "prompt_tokens", "input_tokens" -> promptTokens = Math.max(0, tokens);
            case "completion_tokens", "output_tokens" -> completionTokens = Math.max(0, tokens);
            case "cached_tokens" -> cachedTokens = Math.max(0, tokens);
            default -> {}
        }
    }
}
