package dev.millrace.standalone.bench;

import java.time.Instant;
import java.util.List;

/**
 * A whole benchmark.
 *
 * @param version of this platform
 * @param plan what load was put on
 */
public record BenchReport(Instant at, String version, Machine machine, LoadPlan plan, List<ModelFigures> models) {
    public BenchReport {
        models = List.copyOf(models);
    }
}
