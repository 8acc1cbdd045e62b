package dev.millrace.rag.index;

import java.util.List;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/** Filters as Lucene's queries. */
final class Filters {
    private Filters() {}

    /** What a tenant may see, and the filter lets through. */
    static Query of(String tenant, AttributeFilter filter) {
        return new BooleanQuery.Builder()
                .add(new TermQuery(new Term(Fields.TENANT, tenant)), Occur.FILTER)
                .add(query(filter), Occur.FILTER)
                .build();
    }

    private static Query query(AttributeFilter filter) {
        return switch (filter) {
            case AttributeFilter.In(String key, List<AttributeValue> values) -> {
                BooleanQuery.Builder any = new BooleanQuery.Builder();
                values.forEach(value -> any.add(equal(key, value), Occur.SHOULD));
                yield any.build();
            }
            case AttributeFilter.Compared(String key, AttributeFilter.Order order, double bound) ->
                compared(Fields.NUMBER_ATTRIBUTE + key, order, bound);
            case AttributeFilter.Not(AttributeFilter inner) ->
                new BooleanQuery.Builder()
                        .add(MatchAllDocsQuery.INSTANCE, Occur.FILTER)
                        .add(query(inner), Occur.MUST_NOT)
                        .build();
            case AttributeFilter.All(List<AttributeFilter> inner) -> {
                BooleanQuery.Builder all = new BooleanQuery.Builder().add(MatchAllDocsQuery.INSTANCE, Occur.FILTER);
                inner.forEach(one -> all.add(query(one), Occur.FILTER));
                yield all.build();
            }
            case AttributeFilter.Any(List<AttributeFilter> inner) -> {
                BooleanQuery.Builder any = new BooleanQuery.Builder();
                inner.forEach(one -> any.add(query(one), Occur.SHOULD));
                yield any.build();
            }
        };
    }

    private static Query equal(String key, AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text(String text) -> new TermQuery(new Term(Fields.TEXT_ATTRIBUTE + key, text));
            case AttributeValue.Numeric(double number) ->
                DoubleField.newExactQuery(Fields.NUMBER_ATTRIBUTE + key, number);
            case AttributeValue.Flag(boolean flag) ->
                new TermQuery(new Term(Fields.FLAG_ATTRIBUTE + key, Boolean.toString(flag)));
        };
    }

    private static Query compared(String field, AttributeFilter.Order order, double bound) {
        double below = Math.nextDown(bound);
        double above = Math.nextUp(bound);
        return switch (order) {
            case GREATER -> DoubleField.newRangeQuery(field, above, Double.POSITIVE_INFINITY);
            case GREATER_OR_EQUAL -> DoubleField.newRangeQuery(field, bound, Double.POSITIVE_INFINITY);
            case LESS -> DoubleField.newRangeQuery(field, Double.NEGATIVE_INFINITY, below);
            case LESS_OR_EQUAL -> DoubleField.newRangeQuery(field, Double.NEGATIVE_INFINITY, bound);
        };
    }
}
