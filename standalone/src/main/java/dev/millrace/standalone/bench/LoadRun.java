package dev.millrace.standalone.bench;

import dev.millrace.standalone.bench.LoadFigures.Newcomer;
import dev.millrace.standalone.bench.LoadFigures.Prefill;
import dev.millrace.standalone.bench.LoadFigures.SharedPrefix;
import dev.millrace.standalone.bench.LoadFigures.Users;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * Puts the same load on one server or on several in turn, repetition by repetition, so that what disturbs the machine
 * disturbs all of them.
 */
public final class LoadRun {
    private static final int WARM_UP_ROUNDS = 2;
    private static final int WARM_UP_PROMPT = 64;
    private static final int WARM_UP_ANSWER = 16;
    /** So many readings of a prompt in a row that take as long, within a share, and a server counts as warm. */
    private static final int STEADY_READINGS = 3;

    private static final double STEADY_WITHIN = 0.1;
    private static final int MOST_READINGS = 12;
    /** What the second of two prompts has beside what they share. */
    private static final int OWN_TOKENS = 16;
    /** Pieces that come closer are of one step. */
    private static final double SAME_STEP_MILLIS = 0.5;

    private final LoadPlan plan;
    private final List<ServerRun> runs;
    private final Prompts prompts;
    private final Consumer<String> progress;

    private LoadRun(LoadPlan plan, List<ServerRun> runs, Prompts prompts, Consumer<String> progress) {
        this.plan = plan;
        this.runs = runs;
        this.prompts = prompts;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @param servers the first one counts the prompts' tokens, at its {@code /tokenize} where it has one
     * @param progress hears what is done next
     * @param done gets the figures of each server, in order; where it ends early or fails, those that there are by then
     * @throws IOException if a server can't be reached, or fails in what every server can do
     */
    public static void measure(
            LoadPlan plan, List<Server> servers, Consumer<String> progress, Consumer<LoadFigures> done)
            throws IOException, InterruptedException {
        List<ServerRun> runs = servers.stream()
                .map(server -> new ServerRun(new CompletionClient(server)))
                .toList();
        Prompts prompts = new Prompts(counter(runs.getFirst().client), plan.seed());
        try {
            new LoadRun(plan, runs, prompts, progress).run();
        } finally {
            runs.forEach(run -> done.accept(run.figures()));
        }
    }

    /** At the server's own tokenizer; elsewhere by how many tokens it says that a prompt had. */
    private static Prompts.Counter counter(CompletionClient client) {
        Server server = client.server();
        String root = server.base().toString().replaceAll("/v\\d+$", "");
        return text -> {
            try {
                return client.ask(
                                URI.create(root + "/tokenize"),
                                JsonMapper.shared()
                                        .createObjectNode()
                                        .put("model", server.model())
                                        .put("prompt", text))
                        .path("count")
                        .asInt();
            } catch (RefusedException e) {
                if (e.status() != 404) {
                    throw e;
                }
                return client.complete(text, 1).promptTokens();
            }
        };
    }

    private void run() throws IOException, InterruptedException {
        warmUp();
        prefill(plan.prefill(), false);
        if (plan.longPrefill().isPresent()) {
            prefill(plan.longPrefill().getAsInt(), true);
        }
        for (int count : plan.users()) {
            users(count);
        }
        if (plan.others() > 0) {
            newcomer();
        }
        if (plan.prefix() > 0) {
            sharedPrefix();
        }
    }

    /** What a server's first requests compile and fetch is no user's everyday, nor what else starts beside it. */
    private void warmUp() throws IOException, InterruptedException {
        for (ServerRun run : runs) {
            progress.accept("warming up");
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                Crowd.ask(run.client, texts(Math.min(4, plan.mostUsers()), WARM_UP_PROMPT), WARM_UP_ANSWER);
            }
            readUntilSteady(run.client);
        }
    }

    private void readUntilSteady(CompletionClient client) throws IOException, InterruptedException {
        List<Double> readings = new ArrayList<>();
        try {
            while (readings.size() < MOST_READINGS && !isSteady(readings)) {
                readings.add(
                        Crowd.askAlone(client, prompts.text(plan.prefill()), 1).firstMillis());
            }
        } catch (RefusedException e) {
            progress.accept("a prompt of " + plan.prefill() + " tokens is refused: " + e.getMessage());
        }
    }

    /** Whether the latest ones are alike. */
    static boolean isSteady(List<Double> millis) {
        if (millis.size() < STEADY_READINGS) {
            return false;
        }
        List<Double> last = millis.subList(millis.size() - STEADY_READINGS, millis.size());
        return Collections.max(last) <= (1 + STEADY_WITHIN) * Collections.min(last);
    }

    private void prefill(int tokens, boolean isLong) throws IOException, InterruptedException {
        List<List<Reply>> replies = empty();
        for (int repeat = 0; repeat < plan.repeats(); repeat++) {
            progress.accept("reading a prompt of " + tokens + " tokens" + time(repeat));
            String prompt = prompts.text(tokens);
            for (int i = 0; i < runs.size(); i++) {
                List<Reply> own = replies.get(i);
                attempt(
                        runs.get(i),
                        "a prompt of " + tokens + " tokens",
                        client -> own.add(Crowd.askAlone(client, prompt, 1)));
            }
        }
        for (int i = 0; i < runs.size(); i++) {
            if (!replies.get(i).isEmpty()) {
                Prefill figures = prefillOf(replies.get(i));
                if (isLong) {
                    runs.get(i).longPrefill = Optional.of(figures);
                } else {
                    runs.get(i).prefill = Optional.of(figures);
                }
            }
        }
    }

    private static Prefill prefillOf(List<Reply> replies) {
        Spread first = Spread.of(replies.stream().map(Reply::firstMillis).toList());
        int tokens = replies.getFirst().promptTokens();
        return new Prefill(tokens, first, first.under(1000.0 * tokens));
    }

    private void users(int count) throws IOException, InterruptedException {
        List<List<Round>> rounds = empty();
        for (int repeat = 0; repeat < plan.repeats(); repeat++) {
            progress.accept(count + (count == 1 ? " user" : " users") + time(repeat));
            List<String> texts = texts(count, plan.prompt());
            for (int i = 0; i < runs.size(); i++) {
                List<Round> own = rounds.get(i);
                attempt(
                        runs.get(i),
                        count + " users",
                        client -> own.add(new Round(
                                Crowd.ask(client, texts, plan.answer()), Crowd.ask(client, texts, plan.answer()))));
            }
        }
        for (int i = 0; i < runs.size(); i++) {
            if (!rounds.get(i).isEmpty()) {
                runs.get(i).users.add(usersOf(count, rounds.get(i)));
                if (count == 1) {
                    runs.get(i).stepMillis = stepMillis(rounds.get(i));
                }
            }
        }
    }

    /**
     * One repetition. Users ask the same twice: the second time a server that keeps prompts has nothing to read, so that
     * all answers grow at once for nearly all of their length, however many there are.
     */
    record Round(List<Reply> first, List<Reply> again) {}

    static Users usersOf(int count, List<Round> rounds) {
        List<List<Reply>> crowds = rounds.stream().map(Round::first).toList();
        List<Reply> all = crowds.stream().flatMap(List::stream).toList();
        return new Users(
                count,
                (int) Math.round(
                        all.stream().mapToInt(Reply::promptTokens).average().orElse(0)),
                all.stream().mapToInt(Reply::completionTokens).average().orElse(0),
                Spread.of(rounds.stream()
                        .map(round -> Crowd.decodePerSecond(round.again()))
                        .toList()),
                Spread.of(crowds.stream().map(Crowd::wholePerSecond).toList()),
                Spread.of(crowds.stream()
                        .map(crowd -> Spread.of(
                                        crowd.stream().map(Reply::firstMillis).toList())
                                .median())
                        .toList()));
    }

    /** How long a step of one user's answer takes; with speculation it may bring several tokens. */
    static Optional<Double> stepMillis(List<Round> rounds) {
        List<Double> gaps = rounds.stream()
                .flatMap(round -> round.again().stream())
                .flatMap(reply -> reply.gapsMillis(reply.first(), reply.last()).stream())
                .toList();
        List<Double> steps = gaps.stream().filter(gap -> gap > SAME_STEP_MILLIS).toList();
        return gaps.isEmpty()
                ? Optional.empty()
                : Optional.of(Spread.of(steps.isEmpty() ? gaps : steps).median());
    }

    private void newcomer() throws IOException, InterruptedException {
        List<List<Arrival>> arrivals = empty();
        for (int repeat = 0; repeat < plan.repeats(); repeat++) {
            progress.accept(
                    "a prompt of " + plan.prefill() + " tokens beside " + plan.others() + " answers" + time(repeat));
            String alone = prompts.text(plan.prefill());
            String beside = prompts.text(plan.prefill());
            List<String> others = texts(plan.others(), plan.prompt());
            for (int i = 0; i < runs.size(); i++) {
                List<Arrival> own = arrivals.get(i);
                attempt(
                        runs.get(i),
                        "a prompt beside " + plan.others() + " answers",
                        client -> own.add(Arrival.measure(client, alone, beside, others)));
            }
        }
        for (int i = 0; i < runs.size(); i++) {
            if (!arrivals.get(i).isEmpty()) {
                runs.get(i).newcomer = Optional.of(newcomerOf(plan.others(), arrivals.get(i)));
            }
        }
    }

    private static Newcomer newcomerOf(int others, List<Arrival> arrivals) {
        return new Newcomer(
                others,
                arrivals.getFirst().beside().promptTokens(),
                Spread.of(arrivals.stream()
                        .map(arrival -> arrival.alone().firstMillis())
                        .toList()),
                Spread.of(arrivals.stream()
                        .map(arrival -> arrival.beside().firstMillis())
                        .toList()),
                Gaps.of(arrivals.stream()
                        .flatMap(arrival -> arrival.before().stream())
                        .toList()),
                Gaps.of(arrivals.stream()
                        .flatMap(arrival -> arrival.during().stream())
                        .toList()));
    }

    private void sharedPrefix() throws IOException, InterruptedException {
        List<List<Reply>> firsts = empty();
        List<List<Reply>> seconds = empty();
        for (int repeat = 0; repeat < plan.repeats(); repeat++) {
            progress.accept("two prompts that share " + plan.prefix() + " tokens" + time(repeat));
            String prefix = prompts.text(plan.prefix());
            String one = prompts.continued(prefix, plan.prefix() + OWN_TOKENS);
            String other = prompts.continued(prefix, plan.prefix() + OWN_TOKENS);
            for (int i = 0; i < runs.size(); i++) {
                List<Reply> first = firsts.get(i);
                List<Reply> second = seconds.get(i);
                attempt(runs.get(i), "a shared prefix of " + plan.prefix() + " tokens", client -> {
                    first.add(Crowd.askAlone(client, one, 2));
                    second.add(Crowd.askAlone(client, other, 2));
                });
            }
        }
        for (int i = 0; i < runs.size(); i++) {
            ServerRun run = runs.get(i);
            if (!seconds.get(i).isEmpty() && run.stepMillis.isPresent()) {
                run.sharedPrefix = Optional.of(new SharedPrefix(
                        plan.prefix(),
                        seconds.get(i).getLast().cachedTokens(),
                        prefillOf(firsts.get(i)).firstMillis(),
                        prefillOf(seconds.get(i)).firstMillis(),
                        run.stepMillis.get()));
            }
        }
    }

    private List<String> texts(int count, int tokens) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(prompts.text(tokens));
        }
        return texts;
    }

    private interface Attempt {
        void with(CompletionClient client) throws IOException, InterruptedException;
    }

    /** What a server refuses is left out, and noted: a prompt may be longer than its context. */
    private static void attempt(ServerRun run, String what, Attempt attempt) throws IOException, InterruptedException {
        try {
            attempt.with(run.client);
        } catch (RefusedException e) {
            String note = "Left out: " + what + ". " + e.getMessage();
            if (!run.notes.contains(note)) {
                run.notes.add(note);
            }
        }
    }

    private <T> List<List<T>> empty() {
        return runs.stream().<List<T>>map(_ -> new ArrayList<>()).toList();
    }

    private String time(int repeat) {
        return plan.repeats() == 1 ? "" : ", " + (repeat + 1) + " of " + plan.repeats();
    }

    /** One server's figures as they come in. */
    private static final class ServerRun {
        private final CompletionClient client;
        private final List<String> notes = new ArrayList<>();
        private final List<Users> users = new ArrayList<>();
        private Optional<Prefill> prefill = Optional.empty();
        private Optional<Prefill> longPrefill = Optional.empty();
        private Optional<Double> stepMillis = Optional.empty();
        private Optional<Newcomer> newcomer = Optional.empty();
        private Optional<SharedPrefix> sharedPrefix = Optional.empty();

        ServerRun(CompletionClient client) {
            this.client = client;
        }

        LoadFigures figures() {
            List<String> all = new ArrayList<>(client.notes());
            all.addAll(notes);
            return new LoadFigures(client.server(), prefill, longPrefill, users, newcomer, sharedPrefix, all);
        }
    }
}
