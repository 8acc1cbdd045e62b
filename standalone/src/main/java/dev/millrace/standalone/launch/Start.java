package dev.millrace.standalone.launch;

import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.inference.events.AdapterEvents;
import dev.millrace.tokenizer.models.ModelState;
import dev.millrace.tokenizer.models.Models;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;

/** One start of the platform: what can run side by side does. */
final class Start {
    private static final Logger LOG = LoggerFactory.getLogger(Start.class);

    private final Plan plan;
    private final Timings timings;
    private final List<Future<? extends AutoCloseable>> parts = new ArrayList<>();
    private Optional<ConfigurableApplicationContext> engines = Optional.empty();

    /**
     * What is stopped first. The engines are told beside the gateway's own stop, and not after it: requests that don't
     * end in time are ended by them with a reason, which the gateway can still hand on.
     */
    private record RunningRequests(ConfigurableApplicationContext engines) implements AutoCloseable {
        @Override
        public void close() {
            Thread.ofPlatform().name("stop-requests").start(engines::close);
        }
    }

    Start(Plan plan, Timings timings) {
        this.plan = plan;
        this.timings = timings;
    }

    /**
     * @param closing gets all that was started, the first to stop on top, also where the start fails
     */
    Platform.Running run(Deque<AutoCloseable> closing) throws StartException, InterruptedException {
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("start-", 0).factory())) {
            try {
                return run(threads, closing);
            } finally {
                for (Future<? extends AutoCloseable> part : parts) {
                    try {
                        closing.push(part.get());
                    } catch (ExecutionException e) {
                        LOG.debug("a part did not start", e);
                    }
                }
                engines.ifPresent(context -> closing.push(new RunningRequests(context)));
            }
        }
    }

    private Platform.Running run(ExecutorService threads, Deque<AutoCloseable> closing)
            throws StartException, InterruptedException {
        Home home = plan.home();
        // addresses first: the gateway starts beside what it connects to
        int kafkaPort = call("find a free port", Ports::free);
        PostgreSql.Address address = call("find a free port", () -> PostgreSql.address(home));
        // in the order in which they stop, the last first
        Future<PostgreSql> database = begin(
                threads,
                "PostgreSQL",
                () -> PostgreSql.start(home, Build.current().postgres(), address));
        Future<ConfigurableApplicationContext> tokenizer =
                begin(threads, "tokenizer", () -> Services.tokenizer(plan).start());
        Future<ConfigurableApplicationContext> inference = begin(
                threads, "inference", () -> Services.inference(plan, kafkaPort).start());
        Future<ConfigurableApplicationContext> gateway = begin(
                threads,
                "gateway",
                () -> Services.gateway(plan, address, kafkaPort).start());
        await("PostgreSQL", database);
        Models tokenizers = await("the tokenizer service", tokenizer).getBean(Models.class);
        ConfigurableApplicationContext context = await("the inference service", inference);
        engines = Optional.of(context);
        ModelStates models = new ModelStates();
        closing.push(models);
        Keychain keychain = new Keychain(await("the gateway", gateway).getBean(KeyRegister.class));
        String key = call("make the first key", () -> timings.time("first key", () -> keychain.firstKey(home)));
        call("load the models", () -> timings.time("models", () -> awaitModels(models)));
        call("load the tokenizers", () -> timings.time("tokenizers", () -> awaitTokenizers(tokenizers)));
        call("reach the gateway", () -> timings.time("first answer", () -> awaitAnswer(key)));
        LateParts late = LateParts.begin(List.of(
                late(
                        "Kafka",
                        "usage stays in the gateway's journal until it does",
                        () -> KafkaBroker.start(home, kafkaPort)),
                late("events of adapters", "adapters are served from the next start on", () -> follow(context)),
                late(
                        "documents",
                        "nothing can be asked about documents",
                        () -> Services.rag(plan, address, kafkaPort).start()),
                late(
                        "training",
                        "nothing can be fine-tuned",
                        () -> Services.training(plan, address, kafkaPort).start())));
        // they stop before the database, the first part
        parts.add(1, CompletableFuture.completedFuture(late));
        return new Platform.Running(keychain, models, key, late::starting);
    }

    private static AdapterEvents follow(ConfigurableApplicationContext inference) {
        AdapterEvents events = inference.getBean(AdapterEvents.class);
        events.start();
        return events;
    }

    private LateParts.Part late(String name, String loss, Callable<? extends AutoCloseable> start) {
        return new LateParts.Part(name, loss, () -> timings.<AutoCloseable>time(name, start::call));
    }

    private <T extends AutoCloseable> Future<T> begin(ExecutorService threads, String name, Callable<T> work) {
        Future<T> part = threads.submit(() -> timings.time(name, work));
        parts.add(part);
        return part;
    }

    private static <T> T await(String what, Future<T> part) throws StartException, InterruptedException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            throw failure(what + " did not start", e.getCause() == null ? e : e.getCause());
        }
    }

    private static <T> T call(String what, Callable<T> work) throws StartException, InterruptedException {
        try {
            return work.call();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw failure("could not " + what, e);
        }
    }

    /** Finds the sentence that helps in a chain of causes. */
    private static StartException failure(String what, Throwable thrown) {
        LOG.error("{}", what, thrown);
        Throwable root = thrown;
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            root = cause;
            switch (cause) {
                case StartException known -> {
                    return known;
                }
                case OutOfMemoryError memory -> {
                    return new StartException(
                            "There is not enough memory (" + memory.getMessage()
                                    + "): choose a smaller model, or give Java more with MILLRACE_JAVA_OPTS=-Xmx8g.",
                            memory);
                }
                case IOException io
                when String.valueOf(io.getMessage()).contains("No space left") -> {
                    return new StartException("The disk is full: free some space and start again.", io);
                }
                default -> {}
            }
        }
        String reason = root.getMessage() == null ? root.toString() : root.getMessage();
        String sentence = Character.toUpperCase(what.charAt(0)) + what.substring(1) + ": " + reason;
        return new StartException(sentence + "; ./millrace logs has more.", thrown);
    }

    private boolean awaitModels(ModelStates models) throws StartException, InterruptedException {
        while (true) {
            // adapters may be there too: they come and go, and none holds up a start
            List<ModelStates.ModelState> all = models.all().stream()
                    .filter(state -> plan.models().stream()
                            .anyMatch(model -> model.name().equals(state.name())))
                    .toList();
            for (ModelStates.ModelState model : all) {
                if (model.state().equals("failed")) {
                    throw new StartException("The model " + model.name() + " can't be served: " + model.reason());
                }
            }
            if (all.size() == plan.models().size() && all.stream().allMatch(ModelStates.ModelState::isReady)) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private static boolean awaitTokenizers(Models tokenizers) throws StartException, InterruptedException {
        while (true) {
            boolean loading = false;
            for (Map.Entry<String, ModelState> model : tokenizers.states().entrySet()) {
                switch (model.getValue()) {
                    case ModelState.Failed failed ->
                        throw new StartException(
                                "The model " + model.getKey() + " can't be served: " + failed.reason());
                    case ModelState.Loading _ -> loading = true;
                    case ModelState.Ready _ -> {}
                }
            }
            if (!loading) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** Until the gateway lists every model to the holder of the key: it has seen them, and knows keys. */
    private boolean awaitAnswer(String key) throws IOException, StartException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        String said = "";
        while (System.nanoTime() < deadline) {
            try {
                HttpURLConnection connection = (HttpURLConnection)
                        URI.create(plan.url() + "/v1/models").toURL().openConnection();
                connection.setRequestProperty("Authorization", "Bearer " + key);
                connection.setConnectTimeout(2000);
                connection.setReadTimeout(5000);
                int status = connection.getResponseCode();
                said = "it answers " + status;
                if (status == 200) {
                    String list = new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    if (plan.models().stream().allMatch(model -> list.contains('"' + model.name() + '"'))) {
                        return true;
                    }
                    said = "it lists " + list;
                }
            } catch (SocketTimeoutException e) {
                // a busy machine
                said = "it does not answer";
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new StartException("The gateway does not list the models: " + said);
    }
}
