package dev.millrace.rag.index;

import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.text.Pages;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.jspecify.annotations.Nullable;

/** How a chunk lies in Lucene. */
final class Fields {
    static final String TENANT = "tenant";
    static final String DOCUMENT = "document";
    static final String VECTOR = "vector";
    static final String FINGERPRINT = "fingerprint";
    private static final String COLLECTION = "collection";
    private static final String FILENAME = "filename";
    private static final String TEXT = "text";
    private static final String START = "start";
    private static final String END = "end";
    private static final String PAGES = "pages";
    private static final String HEADING = "heading";
    static final String TEXT_ATTRIBUTE = "attribute.text.";
    static final String NUMBER_ATTRIBUTE = "attribute.number.";
    static final String FLAG_ATTRIBUTE = "attribute.flag.";

    private Fields() {}

    static Document document(String tenant, String collection, IndexedDocument of, IndexedChunk chunk) {
        Document lucene = new Document();
        lucene.add(new StringField(TENANT, tenant, Store.NO));
        lucene.add(new StringField(DOCUMENT, of.id(), Store.YES));
        lucene.add(new StoredField(COLLECTION, collection));
        lucene.add(new StoredField(FINGERPRINT, of.fingerprint()));
        lucene.add(new StoredField(FILENAME, of.filename()));
        lucene.add(new StoredField(TEXT, chunk.text()));
        lucene.add(new TextField(Analysis.field(chunk.text()), chunk.words(), Store.NO));
        lucene.add(new KnnFloatVectorField(VECTOR, chunk.vector(), VectorSimilarityFunction.DOT_PRODUCT));
        lucene.add(new StoredField(START, chunk.start()));
        lucene.add(new StoredField(END, chunk.end()));
        lucene.add(new StoredField(PAGES, chunk.pages().encoded()));
        lucene.add(new StoredField(HEADING, chunk.heading()));
        of.attributes().forEach((key, value) -> lucene.add(attribute(key, value)));
        return lucene;
    }

    private static IndexableField attribute(String key, AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text(String text) -> new StringField(TEXT_ATTRIBUTE + key, text, Store.YES);
            case AttributeValue.Numeric(double number) -> new DoubleField(NUMBER_ATTRIBUTE + key, number, Store.YES);
            case AttributeValue.Flag(boolean flag) ->
                new StringField(FLAG_ATTRIBUTE + key, Boolean.toString(flag), Store.YES);
        };
    }

    static Hit hit(Document lucene, double score, Nearness nearness) {
        return new Hit(
                lucene.get(COLLECTION),
                lucene.get(DOCUMENT),
                lucene.get(FILENAME),
                lucene.get(TEXT),
                number(lucene, START),
                number(lucene, END),
                pages(lucene.get(PAGES)),
                lucene.get(HEADING),
                score,
                nearness,
                attributes(lucene));
    }

    private static Pages pages(@Nullable String stored) {
        // what was indexed before pages were kept has none
        return stored == null ? Pages.NONE : Pages.decoded(stored);
    }

    private static int number(Document lucene, String field) {
        return lucene.getField(field).numericValue().intValue();
    }

    private static Map<String, AttributeValue> attributes(Document lucene) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        for (IndexableField field : lucene.getFields()) {
            String name = field.name();
            if (name.startsWith(TEXT_ATTRIBUTE)) {
                attributes.put(name.substring(TEXT_ATTRIBUTE.length()), new AttributeValue.Text(field.stringValue()));
            } else if (name.startsWith(NUMBER_ATTRIBUTE)) {
                attributes.put(
                        name.substring(NUMBER_ATTRIBUTE.length()),
                        new AttributeValue.Numeric(field.numericValue().doubleValue()));
            } else if (name.startsWith(FLAG_ATTRIBUTE)) {
                attributes.put(
                        name.substring(FLAG_ATTRIBUTE.length()),
                        new AttributeValue.Flag(Boolean.parseBoolean(field.stringValue())));
            }
        }
        return attributes;
    }
}
