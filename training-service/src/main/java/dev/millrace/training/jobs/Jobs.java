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
        if (!settings.models().containsKey(spec.model())) {
            return new Creation.Refused(
                    "model_not_found",
                    "there is no model \"" + spec.model() + "\", those that can be trained are "
                            + settings.models().keySet());
        }
        if (adapters.origin(spec.adapter()).isPresent()) {
            return new Creation.Refused("adapter_exists", "there is an adapter \"" + spec.adapter() + "\" already");
        }
        table.insert(id, spec);
        return new Creation.Made(table.find(id).orElseThrow());
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
