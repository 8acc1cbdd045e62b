package dev.millrace.standalone.cli;

import dev.millrace.standalone.bench.TuningReport;
import dev.millrace.standalone.bench.TuningTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** Shows a job until it ends; who is gone before leaves it as it is. */
final class Following {
    private static final Duration SERVED = Duration.ofSeconds(20);

    private final Session session;
    private final ApiClient api;
    private final String id;
    private final List<JsonNode> events = new ArrayList<>();

    Following(Session session, ApiClient api, String id) {
        this.session = session;
        this.api = api;
        this.id = id;
    }

    /**
     * @param report where a page of curves goes
     * @return the command's exit code
     */
    int follow(Optional<Path> report) throws IOException, InterruptedException {
        Thread farewell = new Thread(() -> session.err()
                .println(System.lineSeparator() + "The job goes on; ./millrace tune show " + id
                        + " --follow shows it, ./millrace tune cancel " + id + " ends it."));
        Runtime.getRuntime().addShutdownHook(farewell);
        JsonNode job;
        try (TuneProgress progress = new TuneProgress(session.err(), session.interactive())) {
            api.stream(Tune.JOBS + "/" + id + "/events?stream=true", event -> {
                events.add(event);
                progress.show(event);
                return true;
            });
            job = api.get(Tune.JOBS + "/" + id);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(farewell);
        } catch (IllegalStateException _) {
            return 130; // it is being said
        }
        if (report.isPresent()) {
            Files.writeString(report.get(), TuningReport.of(job, events));
            session.err().println("The curves are in " + report.get() + ".");
        }
        return end(job);
    }

    private int end(JsonNode job) throws IOException, InterruptedException {
        String status = job.path("status").asString();
        if (!status.equals("succeeded")) {
            session.err()
                    .println("The job " + id + " is " + status + "."
                            + (job.path("error").isObject()
                                    ? System.lineSeparator()
                                            + job.at("/error/message").asString("")
                                    : ""));
            return 1;
        }
        String model = job.path("fine_tuned_model").asString();
        session.err()
                .printf(
                        Locale.ROOT,
                        "Trained %s: %,d tokens in %d s, loss %.3f at first and %.3f at last.%n",
                        model,
                        job.path("trained_tokens").asLong(),
                        job.path("finished_at").asLong()
                                - job.path("created_at").asLong(),
                        loss(events),
                        loss(events.reversed()));
        session.err().println(TuningTimes.of(job).words());
        if (isReward(job)) {
            session.err().println("It lies in reward-models/" + model + " of the model store: PEFT reads it.");
            session.out().println(model);
            return 0;
        }
        if (job.at("/millrace/full_weights").asBoolean(false)) {
            session.err().println("Serve it: ./millrace up --model " + model);
            session.out().println(model);
            return 0;
        }
        if (isServed(model)) {
            double served = System.currentTimeMillis() / 1e3;
            session.err()
                    .println("Last step to served: "
                            + TuningTimes.seconds(
                                    served - job.at("/millrace/times/last_step").asDouble()));
        } else {
            session.err().println("It is not served yet: GET " + api.url() + "/v1/models lists it once it is.");
        }
        session.err().println("Try it: ./millrace chat --model " + model);
        session.err().println("Or with OpenAI's clients: base URL " + api.url() + "/v1, model \"" + model + "\".");
        session.out().println(model);
        return 0;
    }

    private static boolean isReward(JsonNode job) {
        return job.at("/method/type").asString("").equals("reward");
    }

    private static double loss(List<JsonNode> events) {
        return events.stream()
                .filter(event -> event.path("type").asString("").equals("metrics"))
                .mapToDouble(event -> event.at("/data/loss").asDouble(Double.NaN))
                .findFirst()
                .orElse(Double.NaN);
    }

    private boolean isServed(String model) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + SERVED.toNanos();
        while (System.nanoTime() < deadline) {
            for (JsonNode served : api.get("/v1/models").path("data")) {
                if (served.path("id").asString("").equals(model)) {
                    return true;
                }
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return false;
    }
}
