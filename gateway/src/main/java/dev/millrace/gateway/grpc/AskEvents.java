package dev.millrace.gateway.grpc;

import dev.millrace.contracts.v1.AskCitation;
import dev.millrace.contracts.v1.AskEvent;
import dev.millrace.contracts.v1.AskFinished;
import dev.millrace.contracts.v1.AskJudgement;
import dev.millrace.contracts.v1.AskSources;
import dev.millrace.contracts.v1.CheckedSentence;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.contracts.v1.Source;
import dev.millrace.contracts.v1.Verdict;
import dev.millrace.gateway.grounded.Citation;
import dev.millrace.gateway.grounded.GroundedEvent;
import dev.millrace.gateway.grounded.Grounding;
import java.util.List;
import java.util.Locale;

/** The events of one answer as messages, in their order. */
final class AskEvents {
    private List<Passage> passages = List.of();

    AskEvent of(GroundedEvent event) {
        return switch (event) {
            case GroundedEvent.Found(List<String> queries, List<Passage> found) -> {
                passages = found;
                yield AskEvent.newBuilder()
                        .setSources(
                                AskSources.newBuilder().addAllQueries(queries).addAllPassages(found))
                        .build();
            }
            case GroundedEvent.Reasoned(String text) ->
                AskEvent.newBuilder().setReasoning(text).build();
            case GroundedEvent.Text(String text) ->
                AskEvent.newBuilder().setText(text).build();
            case GroundedEvent.Judged(Grounding.Sentence sentence, List<Citation> citations) ->
                AskEvent.newBuilder()
                        .setJudgement(AskJudgement.newBuilder()
                                .setSentence(sentence(sentence))
                                .addAllCitations(citations.stream()
                                        .map(AskEvents::citation)
                                        .toList()))
                        .build();
            case GroundedEvent.Ended ended ->
                AskEvent.newBuilder().setFinished(finished(ended)).build();
        };
    }

    private CheckedSentence sentence(Grounding.Sentence sentence) {
        CheckedSentence.Builder message = CheckedSentence.newBuilder()
                .setText(sentence.text())
                .setStart(sentence.start())
                .setEnd(sentence.end())
                .setVerdict(verdict(sentence.verdict()))
                .setScore(sentence.score().orElse(0));
        sentence.source().ifPresent(evidence -> message.setSource(source(evidence)));
        return message.build();
    }

    private Source source(Grounding.Evidence evidence) {
        return Source.newBuilder()
                .setPassage(passage(evidence))
                .setDocumentId(evidence.fileId())
                .setFilename(evidence.filename())
                .setPage(evidence.page())
                .setStart(evidence.start())
                .setEnd(evidence.end())
                .setQuote(evidence.quote())
                .build();
    }

    /** The first passage that holds the place. */
    private int passage(Grounding.Evidence evidence) {
        for (int i = 0; i < passages.size(); i++) {
            Passage passage = passages.get(i);
            if (passage.getDocumentId().equals(evidence.fileId())
                    && passage.getStart() <= evidence.start()
                    && evidence.end() <= passage.getEnd()) {
                return i;
            }
        }
        throw new IllegalStateException(
                "the words quoted from " + evidence.fileId() + " are in no passage that was found");
    }

    private static AskCitation citation(Citation citation) {
        return AskCitation.newBuilder()
                .setDocumentId(citation.fileId())
                .setFilename(citation.filename())
                .setIndex(citation.index())
                .build();
    }

    private static AskFinished finished(GroundedEvent.Ended ended) {
        Grounding grounding = ended.grounding();
        AskFinished.Builder message = AskFinished.newBuilder()
                .setVerdict(verdict(grounding.verdict()))
                .setAbstained(grounding.abstained())
                .setFinishReason(ended.reason())
                .setUsage(ended.finished().getUsage())
                .setTimings(ended.finished().getTimings());
        grounding.score().ifPresent(message::setScore);
        grounding.reason().ifPresent(reason -> message.setReason(reason.name().toLowerCase(Locale.ROOT)));
        return message.build();
    }

    private static Verdict verdict(Grounding.Verdict verdict) {
        return switch (verdict) {
            case SUPPORTED -> Verdict.VERDICT_SUPPORTED;
            case CONTRADICTED -> Verdict.VERDICT_CONTRADICTED;
            case NOT_FOUND -> Verdict.VERDICT_NOT_FOUND;
            case UNCHECKED -> Verdict.VERDICT_UNSPECIFIED;
        };
    }
}
