package dev.millrace.gateway.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Which models there are and where each is served, as the replicas told it last. */
public final class Routes {
    private final Map<Replica, List<ServedModel>> fleet = new ConcurrentHashMap<>();
    private final List<Upstream> upstreams;
    private final PrefixMemory prefixes = new PrefixMemory();
    private final AtomicInteger turn = new AtomicInteger();

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

    /** Chooses the replica that most likely holds the prompt's beginning in its cache, or the next in turn. */
    public Replica pick(Route.Engines engines, int[] promptIds) {
        List<Replica> replicas = engines.replicas();
        if (replicas.size() == 1) {
            return replicas.getFirst();
        }
        long[] prompt = PrefixMemory.hashes(
                engines.model().name(), promptIds, engines.model().blockTokens());
        Replica replica = prefixes.find(prompt, replicas)
                .orElseGet(() -> replicas.get(Math.floorMod(turn.getAndIncrement(), replicas.size())));
        prefixes.remember(prompt, replica);
        return replica;
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
