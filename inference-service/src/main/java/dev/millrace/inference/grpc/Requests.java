package dev.millrace.inference.grpc;

import dev.millrace.contracts.v1.EmbedRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.PromptEmbeddings;
import dev.millrace.contracts.v1.PromptPart;
import dev.millrace.contracts.v1.ScoreRequest;
import dev.millrace.contracts.v1.TokenIds;
import dev.millrace.inference.engine.Request;
import dev.millrace.inference.engine.StopConditions;
import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.sample.InvalidParameterException;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/** Reads requests of the contract; each field that holds what it can't is named. */
final class Requests {
    private static final ValueLayout.OfFloat LITTLE_ENDIAN =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final RandomGenerator seeds;

    /** @param seeds draws the seed of a request that names none; for any thread */
    Requests(RandomGenerator seeds) {
        this.seeds = seeds;
    }

    /**
     * @param defaults of the model, for what the request leaves open
     * @throws InvalidParameterException with the field at fault
     */
    Request.Generate generate(GenerateRequest request, SamplingDefaults defaults) {
        return new Request.Generate(
                request.getRequestId(),
                prompt(request.getPromptList()),
                sampling(request.getSampling(), defaults),
                stop(request.getStop()),
                request.getN() == 0 ? 1 : request.getN(),
                request.getPriority(),
                request.getCacheSalt(),
                request.getPromptLogprobs());
    }

    /** @throws InvalidParameterException as above */
    Request.Score score(ScoreRequest request) {
        return new Request.Score(
                request.getRequestId(),
                ids("ids", request.getIdsList()),
                request.getTopLogprobs(),
                request.getCacheSalt());
    }

    /** @throws InvalidParameterException as above */
    Request.Embed embed(EmbedRequest request) {
        List<Prompt> inputs = new ArrayList<>();
        for (TokenIds input : request.getInputsList()) {
            inputs.add(ids("input", input.getIdsList()));
        }
        Request.Pooling pooling = switch (request.getPooling()) {
            case POOLING_UNSPECIFIED, POOLING_MEAN -> Request.Pooling.MEAN;
            case POOLING_LAST -> Request.Pooling.LAST;
            case UNRECOGNIZED ->
                throw new InvalidParameterException("pooling", "must be mean or last", request.getPoolingValue());
        };
        return new Request.Embed(request.getRequestId(), inputs, pooling, request.getNormalize());
    }

    private SamplingParameters sampling(
            dev.millrace.contracts.v1.SamplingParameters sampling, SamplingDefaults defaults) {
        return new SamplingParameters(
                sampling.hasTemperature() ? sampling.getTemperature() : defaults.temperature(),
                sampling.hasTopK() ? sampling.getTopK() : defaults.topK(),
                sampling.hasTopP() ? sampling.getTopP() : defaults.topP(),
                sampling.hasMinP() ? sampling.getMinP() : defaults.minP(),
                sampling.hasRepetitionPenalty() ? sampling.getRepetitionPenalty() : defaults.repetitionPenalty(),
                sampling.getPresencePenalty(),
                sampling.getFrequencyPenalty(),
                sampling.getLogitBiasMap(),
                sampling.hasSeed() ? sampling.getSeed() : seeds.nextLong(),
                sampling.hasTopLogprobs() ? OptionalInt.of(sampling.getTopLogprobs()) : OptionalInt.empty());
    }

    private static StopConditions stop(dev.millrace.contracts.v1.StopConditions stop) {
        return new StopConditions(
                stop.hasMaxTokens() ? OptionalInt.of(stop.getMaxTokens()) : OptionalInt.empty(),
                stop.getMinTokens(),
                stop.getStringsList(),
                new HashSet<>(stop.getTokenIdsList()),
                stop.getIgnoreEos(),
                stop.getIncludeStopString());
    }

    private static Prompt ids(String param, List<Integer> ids) {
        if (ids.isEmpty()) {
            throw new InvalidParameterException(param, "must hold at least one token", "empty");
        }
        return Prompt.of(ids.stream().mapToInt(Integer::intValue).toArray());
    }

    private static Prompt prompt(List<PromptPart> parts) {
        int tokens = 0;
        for (PromptPart part : parts) {
            tokens = Math.addExact(tokens, length(part));
        }
        if (tokens == 0) {
            throw new InvalidParameterException("prompt", "must hold at least one token", "empty");
        }
        int[] ids = new int[tokens];
        List<Prompt.Span> spans = new ArrayList<>();
        int position = 0;
        for (PromptPart part : parts) {
            int length = length(part);
            if (part.hasEmbeddings()) {
                Arrays.fill(ids, position, position + length, Prompt.EMBEDDED);
                spans.add(span(position, part.getEmbeddings()));
            } else {
                for (int i = 0; i < length; i++) {
                    ids[position + i] = part.getIds().getIds(i);
                }
            }
            position += length;
        }
        return new Prompt(ids, spans);
    }

    private static int length(PromptPart part) {
        return switch (part.getPartCase()) {
            case IDS -> part.getIds().getIdsCount();
            case EMBEDDINGS -> checked(part.getEmbeddings()).getRows();
            case PART_NOT_SET ->
                throw new InvalidParameterException("prompt", "must hold parts of ids or embeddings", "one of neither");
        };
    }

    private static PromptEmbeddings checked(PromptEmbeddings embeddings) {
        long rows = embeddings.getRows();
        long width = embeddings.getWidth();
        if (rows < 1 || width < 1 || embeddings.getValues().size() != rows * width * Float.BYTES) {
            throw new InvalidParameterException(
                    "prompt",
                    "must hold embeddings of rows * width * 4 bytes, both at least 1",
                    rows + " rows of " + width + " in " + embeddings.getValues().size() + " bytes");
        }
        if (embeddings.getDigest().isEmpty()) {
            throw new InvalidParameterException("prompt", "must name its embeddings by a digest", "without one");
        }
        return embeddings;
    }

    private static Prompt.Span span(int start, PromptEmbeddings embeddings) {
        long elements = (long) embeddings.getRows() * embeddings.getWidth();
        // off-heap, as the kernels read it; freed when the request is forgotten
        MemorySegment values = Arena.ofAuto().allocate(elements * Float.BYTES, Float.BYTES);
        MemorySegment sent = MemorySegment.ofBuffer(embeddings.getValues().asReadOnlyByteBuffer());
        MemorySegment.copy(sent, LITTLE_ENDIAN, 0, values, ValueLayout.JAVA_FLOAT, 0, elements);
        return new Prompt.Span(
                start, embeddings.getRows(), values, embeddings.getDigest().toByteArray());
    }
}
