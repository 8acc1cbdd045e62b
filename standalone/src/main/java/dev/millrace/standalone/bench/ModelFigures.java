package dev.millrace.standalone.bench;

import java.util.List;
import java.util.Optional;

/**
 * All that was measured with one model.
 *
 * @param description architecture, format, context, for a person
 * @param residentBytes of the platform's process after the load; 0 where nobody says
 * @param servers this platform first, then what it was compared with
 */
public record ModelFigures(
        String name,
        String description,
        Optional<Loading> loading,
        Optional<KernelFigures> kernels,
        long residentBytes,
        List<LoadFigures> servers) {
    public ModelFigures {
        servers = List.copyOf(servers);
    }
}
