package dev.millrace.rag.grpc;

import dev.millrace.contracts.v1.CheckRequest;
import dev.millrace.contracts.v1.CheckResponse;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.PageStart;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.RankedDocument;
import dev.millrace.contracts.v1.Ranker;
import dev.millrace.contracts.v1.RerankRequest;
import dev.millrace.contracts.v1.RerankResponse;
import dev.millrace.contracts.v1.RetrieveRequest;
import dev.millrace.contracts.v1.RetrieveResponse;
import dev.millrace.contracts.v1.Source;
import dev.millrace.rag.catalogue.DocumentCollection;
import dev.millrace.rag.check.CheckedText;
import dev.millrace.rag.check.GroundednessCheck;
import dev.millrace.rag.check.Verdict;
import dev.millrace.rag.index.AttributeFilter;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.retrieve.FollowUp;
import dev.millrace.rag.retrieve.Reranker;
import dev.millrace.rag.retrieve.Retriever.Search;
import dev.millrace.rag.text.Sentences;
import dev.millrace.rag.text.Span;
import dev.millrace.rag.wire.Messages;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Retrieve and Check: messages to calls of {@code retrieve} and {@code check}, and back. */
final class Questions {
    private static final int DEFAULT_RESULTS = 10;
    private static final int MAX_RESULTS = 50;
    private static final int MAX_QUERY = 20_000;
    private static final int MAX_QUERIES = 10;
    private static final int MAX_RANKED = 1_000;
    private static final int MAX_TEXT = 200_000;
    private static final int MAX_PASSAGES = 200;
    /** Passages that a sentence is looked for in. */
    private static final int PASSAGES_PER_SENTENCE = 4;

    private final Collections collections;
    private final RagService.Readers readers;

    Questions(Collections collections, RagService.Readers readers) {
        this.collections = collections;
        this.readers = readers;
    }

    RetrieveResponse retrieve(RetrieveRequest request) {
        int count = request.getMaxResults() == 0 ? DEFAULT_RESULTS : request.getMaxResults();
        if (count < 1 || count > MAX_RESULTS) {
            throw Errors.invalidValue("max_results", "max_results must be 1 to " + MAX_RESULTS + ", was " + count);
        }
        List<String> queries = new ArrayList<>(List.of(request.getQuery()));
        queries.addAll(request.getFurtherQueriesList());
        if (queries.size() > MAX_QUERIES) {
            throw Errors.invalidValue(
                    "query", "a question may be asked in " + MAX_QUERIES + " ways at most, was in " + queries.size());
        }
        queries.forEach(query -> bounded("query", query, MAX_QUERY));
        if (request.getEarlier().length() > MAX_QUERY) {
            throw Errors.invalidValue(
                    "earlier",
                    "earlier must have " + MAX_QUERY + " characters at most, had "
                            + request.getEarlier().length());
        }
        if (!(request.getMinScore() >= 0 && request.getMinScore() <= 1)) {
            throw Errors.invalidValue("min_score", "min_score must be 0 to 1, was " + request.getMinScore());
        }
        AttributeFilter filter;
        try {
            filter = Filters.of(request.getFilter());
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue("filter", String.valueOf(e.getMessage()));
        }
        return asked(request.getTenant(), request.getCollectionIdsList(), found -> {
            String model = found.getFirst().model();
            RetrieveResponse.Builder response = RetrieveResponse.newBuilder();
            passages(
                            found,
                            new Search(
                                    request.getTenant(),
                                    model,
                                    FollowUp.with(queries, request.getEarlier()),
                                    filter,
                                    count,
                                    request.getMinScore(),
                                    request.getRanker() == Ranker.RANKER_NONE
                                            ? Search.Ranker.RANKS
                                            : Search.Ranker.BEST))
                    .forEach(hit -> response.addPassages(passage(hit, model)));
            return response.build();
        });
    }

    /**
     * What collections answer. Another index may take the place of one that is asked, and documents be deleted in the other
     * alone: then the question is put to that.
     */
    private <T> T asked(String tenant, List<String> ids, Function<List<DocumentCollection>, T> ask) {
        while (true) {
            List<DocumentCollection> found = collections.findAll(tenant, ids);
            try {
                T answer = ask.apply(found);
                if (collections.answer(found)) {
                    return answer;
                }
            } catch (RuntimeException e) {
                if (collections.answer(found)) {
                    throw e;
                }
            }
        }
    }

    private List<Hit> passages(List<DocumentCollection> found, Search search) {
        return readers.retriever()
                .passages(found.stream().map(DocumentCollection::index).toList(), search);
    }

    RerankResponse rerank(RerankRequest request) {
        bounded("query", request.getQuery(), MAX_QUERY);
        int count = request.getDocumentsCount();
        if (count < 1 || count > MAX_RANKED) {
            throw Errors.invalidValue("documents", "documents must be 1 to " + MAX_RANKED + ", were " + count);
        }
        if (request.getTopN() < 0) {
            throw Errors.invalidValue("top_n", "top_n must be 1 or more, or 0 for all, was " + request.getTopN());
        }
        for (int i = 0; i < count; i++) {
            bounded("documents[" + i + "]", request.getDocuments(i), MAX_TEXT);
        }
        Reranker.Ranking ranking = ranking(request);
        RerankResponse.Builder response =
                RerankResponse.newBuilder().setModel(ranking.model()).setTokens(ranking.tokens());
        ranking.bestFirst().stream()
                .limit(request.getTopN() == 0 ? count : request.getTopN())
                .forEach(one -> response.addResults(
                        RankedDocument.newBuilder().setIndex(one.index()).setScore(one.score())));
        return response.build();
    }

    private Reranker.Ranking ranking(RerankRequest request) {
        try {
            return readers.reranker().rank(request.getModel(), request.getQuery(), request.getDocumentsList());
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue("model", String.valueOf(e.getMessage()));
        }
    }

    private static void bounded(String param, String text, int limit) {
        if (text.isBlank() || text.length() > limit) {
            throw Errors.invalidValue(
                    param,
                    param + " must have 1 to " + limit + " characters that aren't all blank, had " + text.length());
        }
    }

    private Passage passage(Hit hit, String model) {
        return Passage.newBuilder()
                .setCollectionId(hit.collection())
                .setDocumentId(hit.document())
                .setFilename(hit.filename())
                .setText(hit.text())
                .setStart(hit.start())
                .setEnd(hit.end())
                .setFirstPage(hit.pages().first())
                .setLastPage(hit.pages().last())
                .addAllPages(hit.pages().starts().stream()
                        .map(start -> PageStart.newBuilder()
                                .setNumber(start.number())
                                .setOffset(start.offset())
                                .build())
                        .toList())
                .setHeading(hit.heading())
                .setScore(hit.score())
                .setRelevance(readers.retriever().relevance(model, hit))
                .putAllAttributes(Messages.attributes(hit.attributes()))
                .build();
    }

    CheckResponse check(CheckRequest request) {
        GroundednessCheck groundedness = readers.check().orElseThrow(Errors::noCheck);
        bounded("text", request.getText(), MAX_TEXT);
        if (request.getPassagesCount() > 0 == request.getCollectionIdsCount() > 0) {
            throw Errors.invalidValue("passages", "either passages or collection_ids must be given, and not both");
        }
        if (request.getPassagesCount() > MAX_PASSAGES) {
            throw Errors.invalidValue(
                    "passages", "passages must be at most " + MAX_PASSAGES + ", were " + request.getPassagesCount());
        }
        if (request.getPassagesCount() > 0) {
            return message(
                    request.getText(),
                    groundedness.check(request.getText(), request.getPassagesList()),
                    Optional.empty());
        }
        List<Hit> sources =
                asked(request.getTenant(), request.getCollectionIdsList(), found -> sources(found, request));
        CheckedText checked = groundedness.check(
                request.getText(), sources.stream().map(Hit::text).toList());
        return message(request.getText(), checked, Optional.of(sources));
    }

    private List<Hit> sources(List<DocumentCollection> found, CheckRequest request) {
        Set<Hit> hits = new LinkedHashSet<>();
        for (Span sentence : Sentences.split(request.getText())) {
            hits.addAll(passages(
                    found,
                    new Search(
                            request.getTenant(),
                            found.getFirst().model(),
                            List.of(sentence.of(request.getText())),
                            new AttributeFilter.All(List.of()),
                            PASSAGES_PER_SENTENCE,
                            0,
                            Search.Ranker.RELEVANCE)));
        }
        return List.copyOf(hits);
    }

    private static CheckResponse message(String text, CheckedText checked, Optional<List<Hit>> sources) {
        CheckResponse.Builder response = CheckResponse.newBuilder()
                .setVerdict(verdict(checked.verdict()))
                .setScore(checked.score())
                .setThreshold(checked.threshold());
        for (CheckedText.Sentence sentence : checked.sentences()) {
            CheckedSentence.Builder message = CheckedSentence.newBuilder()
                    .setText(sentence.span().of(text))
                    .setStart(sentence.span().start())
                    .setEnd(sentence.span().end())
                    .setVerdict(verdict(sentence.verdict()))
                    .setScore(sentence.score())
                    .setPremise(sentence.premise());
            sentence.closest().ifPresent(source -> message.setClosest(source(source, sources)));
            sentence.source().ifPresent(source -> message.setSource(source(source, sources)));
            response.addSentences(message);
        }
        return response.build();
    }

    private static Source source(CheckedText.Source source, Optional<List<Hit>> sources) {
        Source.Builder message = Source.newBuilder()
                .setPassage(source.passage())
                .setStart(source.span().start())
                .setEnd(source.span().end())
                .setQuote(source.quote());
        sources.ifPresent(hits -> {
            Hit hit = hits.get(source.passage());
            message.setDocumentId(hit.document())
                    .setFilename(hit.filename())
                    .setPage(hit.pages().at(hit.start() + source.span().start()))
                    .setStart(hit.start() + source.span().start())
                    .setEnd(hit.start() + source.span().end());
        });
        return message.build();
    }

    private static dev.millrace.contracts.v1.Verdict verdict(Verdict verdict) {
        return switch (verdict) {
            case SUPPORTED -> dev.millrace.contracts.v1.Verdict.VERDICT_SUPPORTED;
            case CONTRADICTED -> dev.millrace.contracts.v1.Verdict.VERDICT_CONTRADICTED;
            case NOT_FOUND -> dev.millrace.contracts.v1.Verdict.VERDICT_NOT_FOUND;
        };
    }
}
