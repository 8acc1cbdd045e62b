package dev.millrace.training.jobs;

import dev.millrace.training.train.Checkpoints;
import dev.millrace.training.worker.WorkerTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What every edge may do with jobs. */
public final class Jobs {
    private final JobTable table;
    private final JobSettings settings;
    private final AdapterStore adapters;

    /** What came of a request to make a job. */
    public sealed interface Creation {
        /** Made now, or by the same request before. */
        record Made(Job job) implements Creation {}

        /** It can't be. */
        record Refused(String code, String reason) implements Creation {}
    }

    public Jobs(JobTable table, JobSettings settings, AdapterStore adapters) {
        this.table = table;
        this.settings = settings;
        this.adapters = adapters;
    }

    /** Takes a job in; a second request with its id changes nothing. */
    public Creation create(String id, JobSpec spec) throws SQLException, IOException {
        JobSpec.requireName("id", id);
        Optional<Job> before = table.find(id);
        if (before.isPresent()) {
            return new Creation.Made(before.get());
        }
        Optional<String> missing = settings.missing(spec.model());
        if (missing.isPresent()) {
            return new Creation.Refused("model_not_found", missing.get());
        }
        if (spec.wholeModel()) {
            if (settings.models().containsKey(spec.adapter()) || adapters.hasModel(spec.adapter())) {
                return new Creation.Refused("adapter_exists", "there is a model \"" + spec.adapter() + "\" already");
            }
        } else if (adapters.origin(spec).isPresent()) {
            return new Creation.Refused("adapter_exists", "there is an adapter \"" + spec.adapter() + "\" already");
        }
        table.insert(id, spec);
        return new Creation.Made(table.find(id).orElseThrow());
    }

    /** The same for those who hear no answer: what can't be done is kept as a job that has failed, with the reason. */
    public Job createOrFail(String id, JobSpec spec) throws SQLException, IOException {
        return switch (create(id, spec)) {
            case Creation.Made(Job job) -> job;
            case Creation.Refused(String code, String reason) -> fail(id, spec, code, reason);
        };
    }

    /** Keeps a job that can't be done. */
    public Job fail(String id, JobSpec spec, String code, String reason) throws SQLException {
        JobSpec.requireName("id", id);
        table.insertFailed(id, spec, code, reason);
        return table.find(id).orElseThrow();
    }

    /**
     * Takes an adapter out of the store, and tells of it.
     *
     * @param baseModel of which it must be
     * @param tenant whose job must have made it; empty for anybody's
     * @return whether it was there
     */
    public boolean deleteAdapter(String name, String baseModel, String tenant) throws SQLException, IOException {
        JobSpec.requireName("name", name);
        Optional<AdapterStore.Origin> origin = adapters.origin(name);
        if (origin.isEmpty() || !origin.get().baseModel().equals(baseModel)) {
            return false;
        }
        if (!isBy(origin.get(), tenant)) {
            return false;
        }
        adapters.delete(name);
        table.adapterGone(name);
        return true;
    }

    /** @param tenant empty for anybody */
    private boolean isBy(AdapterStore.Origin origin, String tenant) throws SQLException {
        return tenant.isEmpty()
                || table.find(origin.job())
                        .filter(maker -> maker.spec().tenant().equals(tenant))
                        .isPresent();
    }

    /**
     * Takes a reward model out of the store, or a model all of whose weights were trained.
     *
     * @param tenant whose job must have made it; empty for anybody's
     * @return whether a job's was there
     */
    public boolean deleteModel(String name, String tenant) throws SQLException, IOException {
        JobSpec.requireName("name", name);
        Optional<AdapterStore.Origin> reward = adapters.rewardOrigin(name);
        if (reward.isPresent() && isBy(reward.get(), tenant)) {
            adapters.deleteReward(name);
            return true;
        }
        for (Job maker : table.makers(name, tenant)) {
            if (maker.spec().wholeModel() && adapters.deleteModel(JobRun.mark(settings.folder(maker.id())))) {
                return true;
            }
        }
        return false;
    }

    public JobTable table() {
        return table;
    }

    /** A job's checkpoints, the latest last. */
    public List<Path> checkpoints(Job job) throws IOException {
        Path folder = WorkerTask.checkpoints(settings.folder(job.id()));
        return Files.exists(folder) ? new Checkpoints(folder, job.spec().model()).all() : List.of();
    }
}
