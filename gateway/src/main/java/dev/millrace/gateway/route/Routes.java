package dev.millrace.gateway.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Which models there are and where each is served, as the replicas told it last. */
public final class Routes {
    private final Map<Replica, List<ServedModel>> fleet = new ConcurrentHashMap<>();
    /** How many requests of this gateway each replica has. */
    private final Map<Replica, Integer> running = new HashMap<>();

    private final List<Upstream> upstreams;
    private final PrefixMemory prefixes = new PrefixMemory();

    /**
     * @param upstreams other servers; where several serve a name, the first does, and a model of ours goes before them all
     */
    public Routes(List<Upstream> upstreams) {
        this.upstreams = List.copyOf(upstreams);
    }

    /** A replica answered with what it serves. */
    public void seen(Replica replica, List<ServedModel> models) {
        fleet.put(replica, List.copyOf(models));
    }

    /** A replica no longer answers: what it served is known, and not ready. */
    public void lost(Replica replica) {
        fleet.computeIfPresent(
                replica,
                (_, models) -> models.stream().map(ServedModel::outOfReach).toList());
    }

    public Route find(String model) {
        List<Replica> ready = new ArrayList<>();
        List<ServedModel> told = new ArrayList<>();
        fleet.forEach((replica, models) -> models.stream()
                .filter(served -> served.name().equals(model))
                .forEach(served -> {
                    told.add(served);
                    if (served.state() == ServedModel.State.READY) {
                        ready.add(replica);
                    }
                }));
        if (told.isEmpty()) {
            return upstreams.stream()
                    .filter(upstream -> upstream.serves(model))
                    .findFirst()
                    .<Route>map(upstream -> new Route.Server(model, upstream))
                    .orElseGet(() -> new Route.UnknownModel(model));
        }
        told.sort(Comparator.comparing(served -> served.state() != ServedModel.State.READY));
        return ready.isEmpty() ? new Route.NotReady(told.getFirst()) : new Route.Engines(told.getFirst(), ready);
    }

    /** Under whose name the tokenizer service knows a model's tokenizer: an adapter's under its parent's. */
    public String tokenizer(String model) {
        return switch (find(model)) {
            case Route.Engines engines -> engines.model().tokenizer();
            case Route.NotReady known -> known.model().tokenizer();
            case Route.Server other -> model;
            case Route.UnknownModel other -> model;
        };
    }

    /**
     * Chooses the replica that most likely holds the prompt's beginning in its cache, unless it has more than its share of
     * what is running; {@link #done} must be called when the request has ended there.
     */
    public synchronized Replica pick(Route.Engines engines, int[] promptIds) {
        ServedModel model = engines.model();
        long[] prompt = PrefixMemory.hashes(model.name(), promptIds, model.blockTokens());
        List<Replica> withRoom = PrefixAffinity.withRoom(engines.replicas(), this::running);
        Replica picked = prefixes.find(prompt, withRoom)
                .orElseGet(() -> PrefixAffinity.pick(withRoom, promptIds, model.blockTokens(), this::running));
        prefixes.remember(prompt, picked);
        running.merge(picked, 1, Integer::sum);
        return picked;
    }

    /** Requests of this gateway that a replica was picked for and that have not ended. */
    public synchronized int running(Replica replica) {
        return running.getOrDefault(replica, 0);
    }

    /** A request that this replica was picked for has ended. */
    public synchronized void done(Replica replica) {
        running.computeIfPresent(replica, (_, count) -> count == 1 ? null : count - 1);
    }

    /** Every model that can be named now, in the order of names. */
    public List<ServedModel> models() {
        return fleet.values().stream()
                .flatMap(List::stream)
                .filter(served -> served.state() == ServedModel.State.READY)
                .collect(Collectors.toMap(ServedModel::name, served -> served, (first, _) -> first))
                .values()
                .stream()
                .sorted(Comparator.comparing(ServedModel::name))
                .toList();
    }
}
