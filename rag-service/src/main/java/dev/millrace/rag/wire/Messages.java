package dev.millrace.rag.wire;

import dev.millrace.contracts.v1.Document;
import dev.millrace.contracts.v1.DocumentState;
import dev.millrace.rag.catalogue.StoredDocument;
import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.index.AttributeValue;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Records as messages, and back. */
public final class Messages {
    private Messages() {}

    public static Map<String, dev.millrace.contracts.v1.AttributeValue> attributes(
            Map<String, AttributeValue> attributes) {
        Map<String, dev.millrace.contracts.v1.AttributeValue> messages = new HashMap<>();
        attributes.forEach((key, value) -> messages.put(
                key,
                switch (value) {
                    case AttributeValue.Text(String text) ->
                        dev.millrace.contracts.v1.AttributeValue.newBuilder()
                                .setText(text)
                                .build();
                    case AttributeValue.Numeric(double number) ->
                        dev.millrace.contracts.v1.AttributeValue.newBuilder()
                                .setNumber(number)
                                .build();
                    case AttributeValue.Flag(boolean flag) ->
                        dev.millrace.contracts.v1.AttributeValue.newBuilder()
                                .setFlag(flag)
                                .build();
                }));
        return messages;
    }

    /**
     * @throws IllegalArgumentException if one has no value
     */
    public static Map<String, AttributeValue> attributes(
            Map<String, dev.millrace.contracts.v1.AttributeValue> messages, String param) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        messages.forEach((key, value) -> attributes.put(key, attribute(value, param + "." + key)));
        return attributes;
    }

    /**
     * @throws IllegalArgumentException if it has no value
     */
    public static AttributeValue attribute(dev.millrace.contracts.v1.AttributeValue message, String param) {
        return switch (message.getValueCase()) {
            case TEXT -> new AttributeValue.Text(message.getText());
            case NUMBER -> new AttributeValue.Numeric(message.getNumber());
            case FLAG -> new AttributeValue.Flag(message.getFlag());
            case VALUE_NOT_SET ->
                throw new IllegalArgumentException(param + " must have a text, a number or a flag, had none");
        };
    }

    public static dev.millrace.contracts.v1.Chunking chunking(Chunking chunking) {
        return dev.millrace.contracts.v1.Chunking.newBuilder()
                .setMaxTokens(chunking.maxTokens())
                .setOverlapTokens(chunking.overlapTokens())
                .build();
    }

    /**
     * @throws IllegalArgumentException if its numbers are out of bounds
     */
    public static Chunking chunking(boolean present, dev.millrace.contracts.v1.Chunking message) {
        return present ? new Chunking(message.getMaxTokens(), message.getOverlapTokens()) : Chunking.AUTO;
    }

    public static Document document(StoredDocument document) {
        Document.Builder message = Document.newBuilder()
                .setId(document.id())
                .setCollectionId(document.collection())
                .setFilename(document.filename())
                .setBytes(document.bytes())
                .setCreatedAtMillis(document.createdAt().toEpochMilli())
                .putAllAttributes(attributes(document.attributes()))
                .setChunking(chunking(document.chunking()))
                .setContentHash(document.contentHash());
        switch (document.state()) {
            case State.InProgress() -> message.setState(DocumentState.DOCUMENT_STATE_IN_PROGRESS);
            case State.Completed(int chunks, Optional<State.Failed> unreadable) -> {
                message.setState(DocumentState.DOCUMENT_STATE_COMPLETED).setChunks(chunks);
                unreadable.ifPresent(why -> message.setErrorCode(why.code()).setErrorMessage(why.reason()));
            }
            case State.Cancelled() -> message.setState(DocumentState.DOCUMENT_STATE_CANCELLED);
            case State.Failed(String code, String reason) ->
                message.setState(DocumentState.DOCUMENT_STATE_FAILED)
                        .setErrorCode(code)
                        .setErrorMessage(reason);
        }
        return message.build();
    }
}
