package dev.millrace.inference.models;

import dev.millrace.inference.models.SamplingDefaults.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The sampling defaults that a service is told of: {@code name=parameter:value parameter:value,name=...}. */
public final class SamplingList {
    private SamplingList() {}

    /**
     * Reads a list; an empty one leaves all to the models' files.
     *
     * @return what was named, by the name of the model
     * @throws IllegalArgumentException if an entry has another form, names a parameter that there isn't, or a value that
     *     can't be
     */
    public static Map<String, SamplingDefaults> parse(String list) {
        Map<String, SamplingDefaults> models = new LinkedHashMap<>();
        for (String entry : list.split(",", -1)) {
            if (entry.isBlank()) {
                continue;
            }
            int equals = entry.indexOf('=');
            String name = equals < 0 ? "" : entry.substring(0, equals).strip();
            if (name.isEmpty()) {
                throw malformed(entry);
            }
            if (models.put(name, defaults(entry.substring(equals + 1))) != null) {
                throw new IllegalArgumentException(
                        "millrace.inference.sampling must name each model once, names twice " + name);
            }
        }
        return models;
    }

    /** Writes what {@link #parse} reads. */
    public static String format(Map<String, SamplingDefaults> models) {
        return models.entrySet().stream()
                .map(model -> model.getKey() + "=" + model.getValue())
                .collect(Collectors.joining(","));
    }

    private static SamplingDefaults defaults(String text) {
        SamplingDefaults defaults = SamplingDefaults.NONE;
        for (String setting : text.strip().split("\\s+", -1)) {
            int colon = setting.indexOf(':');
            if (colon < 0) {
                throw malformed(setting);
            }
            try {
                defaults = defaults.with(
                        Parameter.of(setting.substring(0, colon)), Double.parseDouble(setting.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw malformed(setting);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("millrace.inference.sampling: " + e.getMessage(), e);
            }
        }
        return defaults;
    }

    private static IllegalArgumentException malformed(String part) {
        return new IllegalArgumentException(
                "millrace.inference.sampling must be a list of name=parameter:value parameter:value, holds \"" + part
                        + "\"");
    }
}
