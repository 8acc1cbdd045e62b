package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.contracts.v1.StopConditions;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.route.ServedModel;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** The parameters of generation that chat and completions share: OpenAI's, and those of ours. */
final class Sampling {
    static final int MAX_CHOICES = 128;
    static final int MAX_LOGPROBS = 20;
    /** OpenAI allows 4; other servers more. */
    private static final int MAX_STOPS = 16;

    private static final int MAX_STOP_IDS = 256;
    private static final int MAX_BIASES = 1024;

    private Sampling() {}

    static SamplingParameters.Builder parameters(Fields fields, ServedModel model) {
        SamplingParameters.Builder sampling = SamplingParameters.newBuilder();
        fields.number("temperature", 0, 2).ifPresent(value -> sampling.setTemperature((float) value));
        fields.number("top_p", 0, 1).ifPresent(value -> {
            if (value == 0) {
                throw Refusal.invalid("top_p", "top_p must be above 0 and at most 1, was 0")
                        .exception();
            }
            sampling.setTopP((float) value);
        });
        // -1 is how vLLM's clients write "no limit"
        fields.integer("top_k", -1, Integer.MAX_VALUE).ifPresent(value -> sampling.setTopK(Math.max(0, value)));
        fields.number("min_p", 0, 1).ifPresent(value -> sampling.setMinP((float) value));
        fields.number("repetition_penalty", 0.01, 100).ifPresent(value -> sampling.setRepetitionPenalty((float) value));
        fields.number("presence_penalty", -2, 2).ifPresent(value -> sampling.setPresencePenalty((float) value));
        fields.number("frequency_penalty", -2, 2).ifPresent(value -> sampling.setFrequencyPenalty((float) value));
        fields.longInteger("seed", Long.MIN_VALUE, Long.MAX_VALUE).ifPresent(sampling::setSeed);
        fields.object("logit_bias").ifPresent(bias -> sampling.putAllLogitBias(biases(bias, model)));
        return sampling;
    }

    /**
     * @param maxTokens how many may be generated; absent: as many as the context leaves
     */
    static StopConditions.Builder stop(Fields fields, ServedModel model, OptionalInt maxTokens) {
        StopConditions.Builder stop = StopConditions.newBuilder();
        maxTokens.ifPresent(stop::setMaxTokens);
        fields.integer("min_tokens", 0, Integer.MAX_VALUE).ifPresent(least -> {
            if (maxTokens.isPresent() && least > maxTokens.getAsInt()) {
                throw Refusal.invalid(
                                "min_tokens",
                                "min_tokens must be max_tokens (" + maxTokens.getAsInt() + ") at most, was " + least)
                        .exception();
            }
            stop.setMinTokens(least);
        });
        stop.addAllStrings(stopStrings(fields));
        stop.addAllTokenIds(fields.list("stop_token_ids", MAX_STOP_IDS, (id, path) -> tokenId(id, path, model)));
        return stop.setIgnoreEos(fields.flag("ignore_eos", false))
                .setIncludeStopString(fields.flag("include_stop_str_in_output", false));
    }

    private static List<String> stopStrings(Fields fields) {
        return fields.find("stop")
                .map(stop -> stop.isString()
                        ? List.of(stopString(stop, "stop"))
                        : Fields.elements(stop, "stop", MAX_STOPS, Sampling::stopString))
                .orElse(List.of());
    }

    private static String stopString(JsonNode value, String path) {
        String text = Fields.text(value, path);
        if (text.isEmpty()) {
            throw Refusal.invalid(path, path + " is empty: a stop string has at least one character")
                    .exception();
        }
        return text;
    }

    static int tokenId(JsonNode value, String path, ServedModel model) {
        return (int) Fields.integer(value, path, 0, model.vocabularySize() - 1L);
    }

    private static Map<Integer, Float> biases(Fields bias, ServedModel model) {
        if (bias.names().size() > MAX_BIASES) {
            throw Refusal.invalid(
                            "logit_bias",
                            "logit_bias may name " + MAX_BIASES + " tokens at most, named "
                                    + bias.names().size())
                    .exception();
        }
        return bias.names().stream().collect(Collectors.toMap(name -> biasedId(name, model), name ->
                (float) bias.number(name, -100, 100).orElseThrow(() -> bias.missing(name))));
    }

    private static int biasedId(String name, ServedModel model) {
        if (!name.matches("\\d{1,9}") || Integer.parseInt(name) >= model.vocabularySize()) {
            throw Refusal.invalid(
                            "logit_bias",
                            "logit_bias names token \"" + Fields.shorten(name)
                                    + "\", but this model's ids go from 0 to " + (model.vocabularySize() - 1))
                    .exception();
        }
        return Integer.parseInt(name);
    }
}
