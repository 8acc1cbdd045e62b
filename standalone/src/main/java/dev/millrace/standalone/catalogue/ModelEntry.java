package dev.millrace.standalone.catalogue;

import dev.millrace.inference.models.SamplingDefaults;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model that can be fetched by name.
 *
 * @param title what it is, for people
 * @param licence SPDX name, or what its makers call it
 * @param terms where the licence can be read, where it isn't an open-source one and must be agreed to
 * @param bytes size of the file
 * @param sha256 of the file, 64 lower-case hex digits; an entry of the user's own may leave it out
 * @param sampling what its makers advise, for requests that don't say
 * @param sources tried in turn
 */
public record ModelEntry(
        String name,
        String title,
        String licence,
        Optional<String> terms,
        long bytes,
        Optional<String> sha256,
        SamplingDefaults sampling,
        List<Source> sources) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public ModelEntry {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "a model's name is made of letters, digits, '.', '-' and '_', was \"" + name + "\"");
        }
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes of " + name + " must be more than 0, was " + bytes);
        }
        if (sha256.isPresent() && !SHA256.matcher(sha256.get()).matches()) {
            throw new IllegalArgumentException(
                    "sha256 of " + name + " must be 64 lower-case hex digits, was \"" + sha256.get() + "\"");
        }
        sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException(name + " needs at least one source");
        }
    }

    /** Whether {@code text} can be a model's name; what can't is a path. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    public String fileName() {
        return name + ".gguf";
    }
}
