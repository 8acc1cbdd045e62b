package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.contracts.v1.SamplingParameters;
import dev.millrace.gateway.grounded.FileSearch;
import dev.millrace.gateway.grounded.Manner;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.route.ServedModel;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/chat/completions}, read strictly.
 *
 * @param stream how the answer is streamed, if at all
 * @param chat what the tokenizer is asked
 * @param shape what the engine is asked, but for the prompt
 * @param search where documents are to be searched
 * @param manner how an answer from them is made
 */
record ChatRequest(
        StreamOptions stream,
        boolean logprobs,
        EncodeChatRequest chat,
        GenerateRequest shape,
        Optional<FileSearch> search,
        Manner manner) {

    static ChatRequest read(Fields fields, ServedModel model) {
        List<ChatMessage> messages = Messages.read(fields);
        StreamOptions stream = StreamOptions.read(fields);
        boolean logprobs = fields.flag("logprobs", false);
        SamplingParameters.Builder sampling = Sampling.parameters(fields, model);
        topLogprobs(fields, logprobs).ifPresent(sampling::setTopLogprobs);
        GenerateRequest.Builder shape = GenerateRequest.newBuilder()
                .setSampling(sampling)
                .setStop(Sampling.stop(fields, model, maxTokens(fields)))
                .setN(fields.integer("n", 1, Sampling.MAX_CHOICES).orElse(1));
        Extensions.read(fields, shape);
        EncodeChatRequest chat = chat(fields, messages).setModel(model.name()).build();
        Optional<FileSearch> search = Tools.read(fields, Set.of("none"));
        if (search.isPresent()) {
            checkSearch(chat, shape.getN(), logprobs);
        }
        Manner manner = Tools.manner(fields, search.isPresent());
        Unsupported.inChat(fields);
        fields.refuseOthers();
        return new ChatRequest(stream, logprobs, chat, shape.build(), search, manner);
    }

    /** An answer from documents is one whose text is told once it is known to rest on something. */
    private static void checkSearch(EncodeChatRequest chat, int choices, boolean logprobs) {
        if (choices != 1) {
            throw Refusal.invalid("n", "n must be 1 with file_search, was " + choices)
                    .exception();
        }
        if (logprobs) {
            throw Refusal.invalid("logprobs", "logprobs must be false with file_search, was true")
                    .exception();
        }
        if (chat.getContinueFinalMessage()) {
            throw Refusal.invalid(
                            "continue_final_message", "continue_final_message must be false with file_search, was true")
                    .exception();
        }
    }

    /** The fields that say how the chat becomes a prompt. */
    static EncodeChatRequest.Builder chat(Fields fields, List<ChatMessage> messages) {
        boolean goOn = fields.flag("continue_final_message", false);
        boolean open = fields.flag("add_generation_prompt", !goOn);
        if (goOn && open) {
            throw Refusal.invalid(
                            "continue_final_message",
                            "continue_final_message and add_generation_prompt cannot both be true: the answer either goes"
                                    + " on with the last message or begins a new one")
                    .exception();
        }
        EncodeChatRequest.Builder chat = EncodeChatRequest.newBuilder()
                .addAllMessages(messages)
                .setAddGenerationPrompt(open)
                .setContinueFinalMessage(goOn);
        fields.find("chat_template_kwargs").ifPresent(variables -> chat.setTemplateVariablesJson(json(variables)));
        return chat;
    }

    private static String json(JsonNode variables) {
        if (!variables.isObject()) {
            throw Fields.refused("chat_template_kwargs", "an object", variables);
        }
        return variables.toString();
    }

    private static OptionalInt maxTokens(Fields fields) {
        OptionalInt newer = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        OptionalInt older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        return newer.isPresent() ? newer : older;
    }

    private static OptionalInt topLogprobs(Fields fields, boolean logprobs) {
        OptionalInt top = fields.integer("top_logprobs", 0, Sampling.MAX_LOGPROBS);
        if (top.isPresent() && top.getAsInt() > 0 && !logprobs) {
            throw Refusal.invalid("top_logprobs", "top_logprobs was " + top.getAsInt() + ", which needs logprobs: true")
                    .exception();
        }
        return logprobs ? OptionalInt.of(top.orElse(0)) : OptionalInt.empty();
    }
}
