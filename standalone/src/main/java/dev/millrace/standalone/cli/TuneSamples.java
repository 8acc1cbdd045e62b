package dev.millrace.standalone.cli;

import dev.millrace.standalone.bench.TuningReport.Sample;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A few chats of a file of examples, each without its last answer: what a model says to them before it was taught, and after. */
final class TuneSamples {
    private static final int MOST = 3;
    private static final int MOST_LINES = 1_000;
    private static final int MOST_TOKENS = 64;

    private final ApiClient api;
    private final List<Question> questions;
    private final List<String> before = new ArrayList<>();

    private record Question(ArrayNode messages, String wanted) {}

    private TuneSamples(ApiClient api, List<Question> questions) {
        this.api = api;
        this.questions = questions;
    }

    /** Asks the model as it is. No samples where the file has no lines of JSON with messages. */
    static TuneSamples before(ApiClient api, String model, Path file) throws IOException, InterruptedException {
        TuneSamples samples = new TuneSamples(api, questions(file));
        for (Question question : samples.questions) {
            samples.before.add(samples.answer(model, question));
        }
        return samples;
    }

    /** Asks the model that was taught. */
    List<Sample> after(String model) throws IOException, InterruptedException {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            String asked = question.messages()
                    .get(question.messages().size() - 1)
                    .path("content")
                    .asString("");
            samples.add(new Sample(asked, question.wanted(), before.get(i), answer(model, question)));
        }
        return samples;
    }

    private String answer(String model, Question question) throws IOException, InterruptedException {
        ObjectNode request = JsonMapper.shared()
                .createObjectNode()
                .put("model", model)
                .put("max_tokens", MOST_TOKENS)
                .put("temperature", 0);
        request.set("messages", question.messages());
        return api.post("/v1/chat/completions", request)
                .at("/choices/0/message/content")
                .asString("");
    }

    private static List<Question> questions(Path file) throws IOException {
        List<Question> questions = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String line = lines.readLine();
            for (int i = 0; line != null && i < MOST_LINES && questions.size() < MOST; i++) {
                question(line).ifPresent(questions::add);
                line = lines.readLine();
            }
        } catch (MalformedInputException _) {
            // Parquet, or what the job will refuse
        }
        return questions;
    }

    private static Optional<Question> question(String line) {
        JsonNode row;
        try {
            row = JsonMapper.shared().readTree(line);
        } catch (JacksonException _) {
            return Optional.empty();
        }
        JsonNode given = row.at("/input/messages");
        JsonNode wanted = row.path("preferred_output").path(0);
        if (row.path("messages").isArray() && row.path("messages").size() > 1) {
            given = row.path("messages").deepCopy();
            wanted = ((ArrayNode) given).remove(given.size() - 1);
        }
        boolean asks = given instanceof ArrayNode
                && !given.isEmpty()
                && given.get(given.size() - 1).path("role").asString("").equals("user");
        return asks && wanted.path("content").isString()
                ? Optional.of(new Question(
                        withoutWeights((ArrayNode) given),
                        wanted.path("content").asString()))
                : Optional.empty();
    }

    /** A chat that is asked knows nothing of what is learnt of it. */
    private static ArrayNode withoutWeights(ArrayNode messages) {
        messages.forEach(message -> {
            if (message instanceof ObjectNode object) {
                object.remove("weight");
            }
        });
        return messages;
    }
}
