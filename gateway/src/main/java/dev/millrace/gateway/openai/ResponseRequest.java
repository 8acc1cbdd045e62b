package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.ChatMessage;
import dev.millrace.contracts.v1.ContentPart;
import dev.millrace.contracts.v1.EncodeChatRequest;
import dev.millrace.contracts.v1.GenerateRequest;
import dev.millrace.gateway.conversation.KeptResponse.Turn;
import dev.millrace.gateway.grounded.FileSearch;
import dev.millrace.gateway.grounded.Manner;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.route.ServedModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/responses}, read strictly.
 *
 * @param store whether the answer is kept, to be read again and gone on with
 * @param previous the answer that this one goes on from
 * @param input what is new
 * @param search where documents are to be searched
 * @param manner how an answer from them is made
 * @param includeResults whether what was found is told with its text
 * @param shape what the engine is asked, but for the prompt
 * @param settings what the response repeats of the request
 */
record ResponseRequest(
        boolean streamed,
        boolean store,
        Optional<String> previous,
        Optional<String> instructions,
        List<Turn> input,
        Optional<FileSearch> search,
        Manner manner,
        boolean includeResults,
        GenerateRequest shape,
        Map<String, Object> settings) {
    private static final int MOST_METADATA = 16;
    private static final int MOST_INCLUDED = 16;
    private static final String RESULTS = "file_search_call.results";
    /** Of things that no answer here has. */
    private static final Set<String> HARMLESS = Set.of(
            "web_search_call.results",
            "web_search_call.action.sources",
            "message.input_image.image_url",
            "computer_call_output.output.image_url",
            "code_interpreter_call.outputs",
            "reasoning.encrypted_content");

    static ResponseRequest read(Fields fields, ServedModel model) {
        List<Turn> input = InputItems.read(fields);
        OptionalInt mostTokens = fields.integer("max_output_tokens", 1, Integer.MAX_VALUE);
        GenerateRequest.Builder shape = GenerateRequest.newBuilder()
                .setSampling(Sampling.parameters(fields, model))
                .setStop(Sampling.stop(fields, model, mostTokens))
                .setN(1);
        Extensions.read(fields, shape);
        Optional<FileSearch> search = Tools.read(fields, Set.of("none", "auto"));
        Manner manner = Tools.manner(fields, search.isPresent());
        boolean streamed = fields.flag("stream", false);
        fields.object("stream_options").ifPresent(options -> {
            options.accept(Set.of("include_obfuscation"));
            options.refuseOthers();
        });
        boolean store = fields.flag("store", true);
        Optional<String> previous = fields.string("previous_response_id");
        Optional<String> instructions = fields.string("instructions");
        boolean results = included(fields).contains(RESULTS);
        Unsupported.inResponses(fields);
        Map<String, Object> settings = settings(fields);
        settings.put("store", store);
        fields.refuseOthers();
        return new ResponseRequest(
                streamed, store, previous, instructions, input, search, manner, results, shape.build(), settings);
    }

    private static List<String> included(Fields fields) {
        return fields.list("include", MOST_INCLUDED, (value, path) -> {
            String name = Fields.text(value, path);
            if (!name.equals(RESULTS) && !HARMLESS.contains(name)) {
                throw Refusal.of(
                                Refusal.Kind.INVALID,
                                "unsupported_parameter",
                                path + " \"" + Fields.shorten(name) + "\" is not supported yet: " + RESULTS + " is")
                        .at(path)
                        .exception();
            }
            return name;
        });
    }

    /** As OpenAI's responses have them: what was left open is null, or what holds then. */
    private static Map<String, Object> settings(Fields fields) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("background", false);
        for (String name : List.of(
                "instructions",
                "max_output_tokens",
                "previous_response_id",
                "prompt_cache_key",
                "safety_identifier",
                "temperature",
                "top_p",
                "user")) {
            settings.put(name, fields.find(name));
        }
        settings.put("max_tool_calls", fields.integer("max_tool_calls", 1, Integer.MAX_VALUE));
        settings.put(
                "metadata",
                fields.object("metadata").map(ResponseRequest::metadata).orElse(Map.of()));
        settings.put("parallel_tool_calls", fields.flag("parallel_tool_calls", true));
        settings.put("reasoning", reasoning(fields));
        settings.put("service_tier", "default");
        settings.put("text", Map.of("format", Map.of("type", "text"), "verbosity", "medium"));
        settings.put("tool_choice", or(fields.find("tool_choice"), "auto"));
        settings.put("tools", or(fields.find("tools"), List.of()));
        settings.put("top_logprobs", 0);
        settings.put("truncation", "disabled");
        return settings;
    }

    private static Object or(Optional<JsonNode> value, Object otherwise) {
        return value.isPresent() ? value.get() : otherwise;
    }

    private static Map<String, Object> reasoning(Fields fields) {
        Map<String, Object> reasoning = new LinkedHashMap<>();
        Optional<Fields> asked = fields.object("reasoning");
        reasoning.put("effort", asked.flatMap(wish -> wish.find("effort")));
        reasoning.put("summary", asked.flatMap(wish -> wish.find("summary")));
        return reasoning;
    }

    private static Map<String, String> metadata(Fields metadata) {
        if (metadata.names().size() > MOST_METADATA) {
            throw Refusal.invalid(
                            "metadata",
                            "metadata may have " + MOST_METADATA + " entries at most, had "
                                    + metadata.names().size())
                    .exception();
        }
        Map<String, String> entries = new LinkedHashMap<>();
        metadata.names().stream()
                .sorted()
                .forEach(name -> metadata.string(name).ifPresent(value -> entries.put(name, value)));
        return entries;
    }

    /** What the tokenizer is asked: instructions, the turns before, and what is new. */
    EncodeChatRequest chat(List<Turn> before, String model) {
        EncodeChatRequest.Builder chat =
                EncodeChatRequest.newBuilder().setModel(model).setAddGenerationPrompt(true);
        instructions.ifPresent(text -> chat.addMessages(message(new Turn("system", text))));
        before.forEach(turn -> chat.addMessages(message(turn)));
        input.forEach(turn -> chat.addMessages(message(turn)));
        return chat.build();
    }

    private static ChatMessage message(Turn turn) {
        return ChatMessage.newBuilder()
                .setRole(turn.role())
                .addContent(ContentPart.newBuilder().setText(turn.text()))
                .build();
    }

    /** The conversation until after the answer. */
    List<Turn> turns(List<Turn> before, String answer) {
        List<Turn> turns = new ArrayList<>(before);
        turns.addAll(input);
        turns.add(new Turn("assistant", answer));
        return turns;
    }
}
