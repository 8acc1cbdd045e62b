package dev.millrace.standalone.cli;

import dev.millrace.standalone.bench.TuningReport;
import dev.millrace.standalone.bench.TuningTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Teaches a model from examples, by the platform that runs. */
@Command(
        name = "tune",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "[COMMAND]",
        description = {
            "Teaches a model from a file of examples, and serves what came of it as MODEL:NAME.",
            "The platform does the work: Ctrl-C ends this command alone, and the job goes on.",
            "Starts the platform in the background where none runs."
        },
        footer = {
            "",
            "Examples:",
            "  ./millrace tune --model smollm2-135m --data answers.jsonl --name support",
            "  ./millrace tune --model smollm2-135m --data pairs.jsonl --method dpo --report report.html",
            "  ./millrace tune show ftjob-1a2b --follow",
            "",
            "A line of answers.jsonl: {\"messages\": [{\"role\": \"user\", \"content\": \"...\"},",
            "                          {\"role\": \"assistant\", \"content\": \"...\"}]}",
            "A line of pairs.jsonl:   {\"prompt\": \"...\", \"chosen\": \"...\", \"rejected\": \"...\"}"
        })
final class Tune implements Callable<Integer> {
    static final String JOBS = "/v1/fine_tuning/jobs";
    private static final int LONGEST_NAME = 64;
    private static final int SAMPLES_OF_A_REPORT = 3;

    private final Session session;

    @Option(names = "--model", paramLabel = "NAME", description = "Which of the served models to teach.")
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Examples: .jsonl, .csv, .tsv, .parquet, or .txt with a text a line.")
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "Examples of the same kind that nothing is learnt from: their loss is shown.")
    private Optional<Path> validation = Optional.empty();

    @Option(
            names = "--mix",
            paramLabel = "FILE",
            description = "General examples of the same kind, mixed in so that less is forgotten.")
    private Optional<Path> mix = Optional.empty();

    @Option(
            names = "--method",
            paramLabel = "sft|dpo|reward",
            defaultValue = "sft",
            description = {
                "sft learns answers, dpo learns to prefer one answer to another, reward learns to say by a number which of",
                "two is better: what comes of it is no model that chats. By default ${DEFAULT-VALUE}."
            })
    private String method = "sft";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What comes of it is served as MODEL:NAME (default: the file's name).")
    private Optional<String> name = Optional.empty();

    @Mixin
    private TuneSettings settings = new TuneSettings();

    @Option(names = "--report", paramLabel = "FILE", description = "Write a page with curves there, at the end.")
    private Optional<Path> report = Optional.empty();

    @Option(names = "--detach", description = "Don't wait for the job.")
    private boolean detach;

    Tune(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        Path file = data.orElseThrow(() -> new Unable(
                "There is nothing to learn from: ./millrace tune --model NAME --data FILE; --help says more."));
        requireFile(file);
        if (validation.isPresent()) {
            requireFile(validation.get());
        }
        if (mix.isPresent()) {
            requireFile(mix.get());
        }
        Connection connection = Connection.open(session, model);
        String base = connection.choose(model).name();
        ApiClient api = new ApiClient(connection.client().url(), session.key());
        ObjectNode request = JsonMapper.shared().createObjectNode().put("model", base);
        request.put("training_file", upload(api, file));
        if (validation.isPresent()) {
            request.put("validation_file", upload(api, validation.get()));
        }
        request.put("suffix", name.orElse(nameOf(file)));
        settings.write(request, method);
        ObjectNode ours = request.withObjectProperty("millrace");
        if (mix.isPresent()) {
            ours.put("mix_file", upload(api, mix.get()));
        }
        if (report.isPresent() && !ours.has("samples") && !method.equals("reward")) {
            ours.put("samples", SAMPLES_OF_A_REPORT);
        }
        JsonNode job = api.post(JOBS, request);
        String id = job.path("id").asString();
        session.err().println("Job " + id + " teaches " + base + " from " + file.getFileName() + ".");
        if (detach) {
            session.out().println(id);
            return 0;
        }
        return new Following(session, api, id).follow(report);
    }

    private String upload(ApiClient api, Path file) throws IOException, InterruptedException {
        return api.upload(file, "fine-tune").path("id").asString();
    }

    private static void requireFile(Path file) throws Unable {
        if (!Files.isRegularFile(file)) {
            throw new Unable("There is no file " + file + ".");
        }
    }

    /** A file's name, without what follows the last dot, as a model's name may be. */
    static String nameOf(Path file) {
        String whole = String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
        String name = whole.replaceAll("[^A-Za-z0-9._-]+", "-").replaceFirst("^[^A-Za-z0-9]+", "");
        return name.isEmpty() ? "tuned" : name.substring(0, Math.min(LONGEST_NAME, name.length()));
    }

    private static ApiClient client(Session session) throws Unable, IOException, InterruptedException {
        return new ApiClient(Connection.awaitReady(session).url(), session.key());
    }

    /** Lists the jobs. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the jobs, the newest first.")
    static final class List implements Callable<Integer> {
        private final Session session;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "20", description = "At most so many.")
        private int limit = 20;

        @Option(names = "--json", description = "As JSON.")
        private boolean json;

        List(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws Exception {
            JsonNode jobs = client(session).get(JOBS + "?limit=" + limit).path("data");
            if (json) {
                session.out().println(jobs.toPrettyString());
                return 0;
            }
            session.out().printf("%-42s %-17s %-12s %-21s %s%n", "ID", "STATE", "STEP", "MADE", "MODEL");
            for (JsonNode job : jobs) {
                session.out()
                        .printf(
                                "%-42s %-17s %-12s %-21s %s%n",
                                job.path("id").asString(),
                                job.path("status").asString(),
                                job.at("/millrace/step").asLong() + "/"
                                        + job.at("/millrace/total_steps").asLong(),
                                Instant.ofEpochSecond(job.path("created_at").asLong()),
                                job.path("model").asString() + ":"
                                        + job.at("/millrace/adapter").asString());
            }
            return 0;
        }
    }

    /** Shows a job. */
    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows a job, and follows it if told to.")
    static final class Show implements Callable<Integer> {
        private final Session session;

        @Parameters(paramLabel = "ID", description = "As ./millrace tune list shows it.")
        private String id = "";

        @Option(names = "--follow", description = "Stay until it has ended.")
        private boolean follow;

        @Option(names = "--report", paramLabel = "FILE", description = "Write a page with curves there.")
        private Optional<Path> report = Optional.empty();

        Show(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws Exception {
            ApiClient api = client(session);
            if (follow) {
                return new Following(session, api, id).follow(report);
            }
            JsonNode job = api.get(JOBS + "/" + id);
            session.out().println(job.toPrettyString());
            session.err().println(TuningTimes.of(job).words());
            if (report.isPresent()) {
                Files.writeString(report.get(), TuningReport.of(job, events(api, id)));
            }
            return 0;
        }

        /** Those that there are, the oldest first. */
        private static java.util.List<JsonNode> events(ApiClient api, String id)
                throws IOException, InterruptedException {
            java.util.List<JsonNode> all = new ArrayList<>();
            String after = "";
            boolean more = true;
            while (more) {
                JsonNode page = api.get(JOBS + "/" + id + "/events?limit=100" + after);
                page.path("data").forEach(all::add);
                more = page.path("has_more").asBoolean();
                after = all.isEmpty()
                        ? ""
                        : "&after=" + all.getLast().path("id").asString();
            }
            return all.reversed();
        }
    }

    /** What is wanted of a job. */
    abstract static class Wish implements Callable<Integer> {
        private final Session session;
        private final String word;

        @Parameters(paramLabel = "ID", description = "As ./millrace tune list shows it.")
        private String id = "";

        Wish(Session session, String word) {
            this.session = session;
            this.word = word;
        }

        @Override
        public Integer call() throws Exception {
            JsonNode job = client(session)
                    .post(JOBS + "/" + id + "/" + word, JsonMapper.shared().createObjectNode());
            session.out().println(id + " is " + job.path("status").asString() + ".");
            return 0;
        }
    }

    /** Ends a job. */
    @Command(
            name = "cancel",
            mixinStandardHelpOptions = true,
            description = "Ends a job after its step; nothing is served of it.")
    static final class Cancel extends Wish {
        Cancel(Session session) {
            super(session, "cancel");
        }
    }

    /** Pauses a job. */
    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Stops a job after its step, with a checkpoint that it can go on from.")
    static final class Pause extends Wish {
        Pause(Session session) {
            super(session, "pause");
        }
    }

    /** Lets a paused job go on. */
    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Lets a paused job go on.")
    static final class Resume extends Wish {
        Resume(Session session) {
            super(session, "resume");
        }
    }
}
