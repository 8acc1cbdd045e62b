package dev.millrace.inference.grpc;

import com.google.protobuf.ByteString;
import dev.millrace.contracts.v1.ChoiceFinished;
import dev.millrace.contracts.v1.Delta;
import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerateEvent;
import dev.millrace.contracts.v1.GenerationFinished;
import dev.millrace.contracts.v1.ModelInfo;
import dev.millrace.contracts.v1.ModelStats;
import dev.millrace.contracts.v1.PromptScored;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.Timings;
import dev.millrace.contracts.v1.TokenLogprob;
import dev.millrace.contracts.v1.Usage;
import dev.millrace.inference.engine.EngineStats;
import dev.millrace.inference.engine.Event;
import dev.millrace.inference.model.ModelShape;
import dev.millrace.inference.models.ModelState;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.models.ServedModel;
import dev.millrace.inference.text.Vocabulary;
import java.util.List;

/** Writes what the engine gives as messages of the contract. */
final class Replies {
    private Replies() {}

    static GenerateEvent delta(Event.Delta delta, Vocabulary vocabulary) {
        return GenerateEvent.newBuilder()
                .setDelta(Delta.newBuilder()
                        .setIndex(delta.choice())
                        .setText(delta.text())
                        .addAllIds(delta.ids())
                        .addAllLogprobs(logprobs(delta.logprobs(), vocabulary)))
                .build();
    }

    static GenerateEvent prompt(Event.PromptScored scored, Vocabulary vocabulary) {
        return GenerateEvent.newBuilder()
                .setPrompt(PromptScored.newBuilder().addAllLogprobs(logprobs(scored.logprobs(), vocabulary)))
                .build();
    }

    static GenerateEvent choiceFinished(Event.ChoiceFinished finished) {
        ChoiceFinished.Builder choice = ChoiceFinished.newBuilder().setIndex(finished.choice());
        switch (finished.reason()) {
            case dev.millrace.inference.engine.FinishReason.Length() ->
                choice.setReason(FinishReason.FINISH_REASON_LENGTH);
            case dev.millrace.inference.engine.FinishReason.StopId(int id) ->
                choice.setReason(FinishReason.FINISH_REASON_STOP).setStopId(id);
            case dev.millrace.inference.engine.FinishReason.StopString(String string) ->
                choice.setReason(FinishReason.FINISH_REASON_STOP).setStopString(string);
        }
        return GenerateEvent.newBuilder().setChoiceFinished(choice).build();
    }

    static GenerateEvent finished(Event.Finished finished) {
        Event.Usage usage = finished.usage();
        Event.Timings timings = finished.timings();
        return GenerateEvent.newBuilder()
                .setFinished(GenerationFinished.newBuilder()
                        .setUsage(Usage.newBuilder()
                                .setPromptTokens(usage.promptTokens())
                                .setCompletionTokens(usage.completionTokens())
                                .setCachedTokens(usage.cachedTokens())
                                .setDraftedTokens(usage.draftedTokens())
                                .setAcceptedTokens(usage.acceptedTokens()))
                        .setTimings(Timings.newBuilder()
                                .setQueueMillis(timings.queueNanos() / 1e6)
                                .setPrefillMillis(timings.prefillNanos() / 1e6)
                                .setDecodeMillis(timings.decodeNanos() / 1e6)))
                .build();
    }

    static List<TokenLogprob> logprobs(
            List<dev.millrace.inference.sample.TokenLogprob> logprobs, Vocabulary vocabulary) {
        return logprobs.stream()
                .map(logprob -> TokenLogprob.newBuilder()
                        .setId(logprob.id())
                        .setToken(ByteString.copyFrom(vocabulary.tokens().get(logprob.id())))
                        .setLogprob(logprob.logprob())
                        .addAllTop(logprobs(logprob.top(), vocabulary))
                        .build())
                .toList();
    }

    static ModelInfo model(String name, ModelState state) {
        ModelInfo.Builder info = ModelInfo.newBuilder().setName(name);
        switch (state) {
            case ModelState.Loading() -> info.setState(dev.millrace.contracts.v1.ModelState.MODEL_STATE_LOADING);
            case ModelState.Failed(String reason) ->
                info.setState(dev.millrace.contracts.v1.ModelState.MODEL_STATE_FAILED)
                        .setReason(reason);
            case ModelState.Unknown(List<String> known) ->
                throw new IllegalArgumentException("model " + name + " is none of " + known);
            case ModelState.Ready(ServedModel model) -> describe(info, model);
            case ModelState.Adapted adapted -> {
                describe(info, adapted.model());
                info.setParent(adapted.model().model().name()).setCreatedAtSeconds(adapted.createdAtSeconds());
            }
        }
        return info.build();
    }

    private static void describe(ModelInfo.Builder info, ServedModel model) {
        ModelShape shape = model.model().backend().shape();
        info.setState(dev.millrace.contracts.v1.ModelState.MODEL_STATE_READY)
                .setArchitecture(shape.architecture())
                .setParameters(shape.parameters())
                .setContextTokens(model.engine().limitTokens())
                .setVocabularySize(shape.vocabularySize())
                .setWidth(shape.width())
                .setQuantization(shape.quantization())
                .setCreatedAtSeconds(model.createdAtSeconds())
                .setHasChatTemplate(model.model().chatTemplate())
                .setBlockTokens(model.engine().blockTokens())
                .setDefaultSampling(sampling(model.model().sampling()));
    }

    private static SamplingParameters sampling(SamplingDefaults defaults) {
        return SamplingParameters.newBuilder()
                .setTemperature(defaults.temperature())
                .setTopK(defaults.topK())
                .setTopP(defaults.topP())
                .setMinP(defaults.minP())
                .setRepetitionPenalty(defaults.repetitionPenalty())
                .build();
    }

    static ModelStats stats(String name, EngineStats stats) {
        return ModelStats.newBuilder()
                .setModel(name)
                .setRunning(stats.running())
                .setWaiting(stats.waiting())
                .setBlocksTotal(stats.blocksTotal())
                .setBlocksUsed(stats.blocksUsed())
                .setBlocksCached(stats.blocksCached())
                .setPreemptions(stats.preemptions())
                .setSteps(stats.steps())
                .setPromptTokens(stats.promptTokens())
                .setCachedTokens(stats.cachedTokens())
                .setGeneratedTokens(stats.generatedTokens())
                .setDraftedTokens(stats.draftedTokens())
                .setAcceptedTokens(stats.acceptedTokens())
                .setRequestsFinished(stats.finished())
                .setRequestsCancelled(stats.cancelled())
                .setRequestsFailed(stats.failed())
                .build();
    }
}
