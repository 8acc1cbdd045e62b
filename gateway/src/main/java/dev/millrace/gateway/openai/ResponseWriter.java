package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.FinishReason;
import dev.millrace.contracts.v1.GenerationFinished;
import dev.millrace.contracts.v1.Passage;
import dev.millrace.gateway.grounded.Citation;
import dev.millrace.gateway.grounded.Grounding;
import dev.millrace.gateway.openai.Response.FileSearchCall;
import dev.millrace.gateway.openai.Response.Item;
import dev.millrace.gateway.openai.Response.Message;
import dev.millrace.gateway.openai.Response.OutputText;
import dev.millrace.gateway.openai.Response.TokenUsage;
import dev.millrace.gateway.request.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds one response as its parts come, and says each step as OpenAI's streams do. */
final class ResponseWriter {
    private static final String IN_PROGRESS = "in_progress";
    private static final String COMPLETED = "completed";

    private final String id;
    private final String model;
    private final Instant createdAt;
    private final boolean includeResults;
    private final Map<String, Object> settings;
    private final String messageId;
    private final List<Item> output = new ArrayList<>();
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private final List<FileCitation> annotations = new ArrayList<>();
    private Optional<TokenUsage> usage = Optional.empty();
    private String status = IN_PROGRESS;
    private Optional<Instant> completedAt = Optional.empty();
    private Optional<Response.Incomplete> incomplete = Optional.empty();
    private Optional<Response.Failure> failure = Optional.empty();
    private boolean begun;
    private boolean reasoningEnded;
    private boolean messageBegun;
    private int sequence;

    /**
     * @param serial makes the ids of the response and its parts
     * @param includeResults whether what was found is told with its text
     * @param settings what the request asked for
     */
    ResponseWriter(
            String serial, String model, Instant createdAt, boolean includeResults, Map<String, Object> settings) {
        this.id = "resp_" + serial;
        this.messageId = "msg_" + serial;
        this.model = model;
        this.createdAt = createdAt;
        this.includeResults = includeResults;
        this.settings = new LinkedHashMap<>(settings);
    }

    String id() {
        return id;
    }

    String text() {
        return text.toString();
    }

    /** Whether something of this response has been told. */
    boolean begun() {
        return begun;
    }

    /** It could not be kept. */
    void notStored() {
        settings.put("store", false);
    }

    private List<ResponseEvent> begin() {
        List<ResponseEvent> events = new ArrayList<>();
        if (!begun) {
            begun = true;
            events.add(event("response.created", Map.of("response", response())));
            events.add(event("response.in_progress", Map.of("response", response())));
        }
        return events;
    }

    /** Documents were searched. */
    List<ResponseEvent> found(List<String> queries, List<Passage> passages) {
        List<ResponseEvent> events = begin();
        int index = output.size();
        String call = "fs_" + id.substring("resp_".length());
        Map<String, Object> place = Map.of("output_index", index, "item_id", call);
        events.add(item("added", index, FileSearchCall.of(call, IN_PROGRESS, List.of(), Optional.empty())));
        events.add(event("response.file_search_call.in_progress", place));
        events.add(event("response.file_search_call.searching", place));
        events.add(event("response.file_search_call.completed", place));
        Optional<List<Response.Result>> results = includeResults
                ? Optional.of(passages.stream().map(Response.Result::of).toList())
                : Optional.empty();
        FileSearchCall done = FileSearchCall.of(call, COMPLETED, queries, results);
        output.add(done);
        events.add(item("done", index, done));
        return events;
    }

    /** What the model reasons before it answers grew. */
    List<ResponseEvent> reason(String delta) {
        List<ResponseEvent> events = begin();
        if (reasoning.isEmpty()) {
            events.add(item("added", output.size(), reasoning(IN_PROGRESS, "")));
        }
        reasoning.append(delta);
        Map<String, Object> fields = reasoningPart();
        fields.put("delta", delta);
        events.add(event("response.reasoning_text.delta", fields));
        return events;
    }

    private List<ResponseEvent> endReasoning() {
        List<ResponseEvent> events = new ArrayList<>();
        if (!reasoning.isEmpty() && !reasoningEnded) {
            reasoningEnded = true;
            Map<String, Object> whole = reasoningPart();
            whole.put("text", reasoning.toString());
            events.add(event("response.reasoning_text.done", whole));
            Response.Reasoning done = reasoning(COMPLETED, reasoning.toString());
            events.add(item("done", output.size(), done));
            output.add(done);
        }
        return events;
    }

    private Response.Reasoning reasoning(String status, String told) {
        return Response.Reasoning.of(reasoningId(), status, told);
    }

    private String reasoningId() {
        return "rs_" + id.substring("resp_".length());
    }

    private Map<String, Object> reasoningPart() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("item_id", reasoningId());
        fields.put("output_index", output.size());
        fields.put("content_index", 0);
        return fields;
    }

    /** The answer grew. */
    List<ResponseEvent> grow(String delta) {
        List<ResponseEvent> events = beginMessage();
        text.append(delta);
        Map<String, Object> fields = part();
        fields.put("delta", delta);
        fields.put("logprobs", List.of());
        events.add(event("response.output_text.delta", fields));
        return events;
    }

    private List<ResponseEvent> beginMessage() {
        List<ResponseEvent> events = begin();
        if (!messageBegun) {
            messageBegun = true;
            events.addAll(endReasoning());
            events.add(item("added", output.size(), Message.of(messageId, IN_PROGRESS, List.of(), Optional.empty())));
            events.add(part("response.content_part.added", OutputText.of("", List.of())));
        }
        return events;
    }

    /** What a sentence that has been told rests on. */
    List<ResponseEvent> cite(List<Citation> citations) {
        List<ResponseEvent> events = new ArrayList<>();
        for (Citation citation : citations) {
            FileCitation annotation = FileCitation.of(citation);
            if (!annotations.contains(annotation)) {
                Map<String, Object> fields = part();
                fields.put("annotation_index", annotations.size());
                fields.put("annotation", annotation);
                annotations.add(annotation);
                events.add(event("response.output_text.annotation.added", fields));
            }
        }
        return events;
    }

    /** The answer is whole; what it took is known. */
    List<ResponseEvent> finish(Optional<Grounding> grounding, FinishReason reason, GenerationFinished finished) {
        List<ResponseEvent> events = beginMessage();
        usage = Optional.of(TokenUsage.of(finished.getUsage()));
        boolean cut = reason == FinishReason.FINISH_REASON_LENGTH;
        status = cut ? "incomplete" : COMPLETED;
        incomplete = cut ? Optional.of(new Response.Incomplete("max_output_tokens")) : Optional.empty();
        Map<String, Object> whole = part();
        whole.put("text", text());
        whole.put("logprobs", List.of());
        events.add(event("response.output_text.done", whole));
        OutputText content = OutputText.of(text(), annotations);
        events.add(part("response.content_part.done", content));
        Message message = Message.of(messageId, status, List.of(content), grounding.map(GroundingReport::of));
        events.add(item("done", output.size(), message));
        output.add(message);
        completedAt = cut ? Optional.empty() : Optional.of(Instant.now());
        return events;
    }

    /** The last event of a response that {@link #finish} was called of. */
    ResponseEvent ended() {
        return event("response." + status, Map.of("response", response()));
    }

    /** The last event of a response that broke off. */
    ResponseEvent failed(Refusal refusal) {
        status = "failed";
        failure = Optional.of(new Response.Failure(refusal.code().orElse("server_error"), refusal.message()));
        if (messageBegun) {
            output.add(
                    Message.of(messageId, "incomplete", List.of(OutputText.of(text(), annotations)), Optional.empty()));
        }
        return event("response.failed", Map.of("response", response()));
    }

    Response response() {
        return new Response(
                id,
                "response",
                createdAt.getEpochSecond(),
                status,
                completedAt.map(Instant::getEpochSecond),
                failure,
                incomplete,
                model,
                List.copyOf(output),
                usage,
                Collections.unmodifiableMap(new LinkedHashMap<>(settings)));
    }

    private Map<String, Object> part() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("item_id", messageId);
        fields.put("output_index", output.size());
        fields.put("content_index", 0);
        return fields;
    }

    private ResponseEvent part(String type, OutputText content) {
        Map<String, Object> fields = part();
        fields.put("part", content);
        return event(type, fields);
    }

    private ResponseEvent item(String step, int index, Item item) {
        return event("response.output_item." + step, Map.of("output_index", index, "item", item));
    }

    private ResponseEvent event(String type, Map<String, Object> fields) {
        return new ResponseEvent(type, sequence++, fields);
    }
}
