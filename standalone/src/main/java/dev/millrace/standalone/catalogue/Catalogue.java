package dev.millrace.standalone.catalogue;

import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.inference.sample.InvalidParameterException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** The models known by name: ours, then the user's own, which win. */
public final class Catalogue {
    private final Map<String, ModelEntry> entries;
    private final String defaultModel;

    private Catalogue(Map<String, ModelEntry> entries, String defaultModel) {
        this.entries = entries;
        this.defaultModel = defaultModel;
    }

    /**
     * @param own the user's file; need not exist
     * @throws IllegalArgumentException if a file says what can't be, with its name and the value
     */
    public static Catalogue load(Path own) {
        Map<String, ModelEntry> entries = new LinkedHashMap<>();
        String defaultModel;
        try (InputStream ours =
                Objects.requireNonNull(Catalogue.class.getResourceAsStream("/models.yaml"), "models.yaml")) {
            defaultModel = read(ours, "models.yaml", entries).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (Files.exists(own)) {
            try (InputStream theirs = Files.newInputStream(own)) {
                defaultModel = read(theirs, own.toString(), entries).orElse(defaultModel);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        if (!entries.containsKey(defaultModel)) {
            throw new IllegalArgumentException(own + ": the default model \"" + defaultModel + "\" is not in the list");
        }
        return new Catalogue(entries, defaultModel);
    }

    public Collection<ModelEntry> entries() {
        return entries.values();
    }

    public Optional<ModelEntry> find(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    public String defaultModel() {
        return defaultModel;
    }

    private static Optional<String> read(InputStream yaml, String file, Map<String, ModelEntry> into) {
        try {
            Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
            if (document == null) {
                return Optional.empty();
            }
            Fields top = new Fields("the file", document);
            Object models = top.values().get("models");
            if (models != null) {
                new Fields("models", models)
                        .values()
                        .forEach((name, fields) -> into.put(name, entry(name, new Fields(name, fields))));
            }
            return top.optional("default");
        } catch (YAMLException | IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    private static ModelEntry entry(String name, Fields fields) {
        Object sources = fields.values().get("sources");
        if (!(sources instanceof List<?> list)) {
            throw new IllegalArgumentException(name + " needs a list of sources");
        }
        List<Source> read = new ArrayList<>();
        for (Object source : list) {
            read.add(source(new Fields("a source of " + name, source)));
        }
        return new ModelEntry(
                name,
                fields.optional("title").orElse(name),
                fields.required("licence"),
                fields.optional("terms"),
                fields.number("bytes"),
                fields.optional("sha256"),
                sampling(name, fields.values().get("sampling")),
                read);
    }

    private static SamplingDefaults sampling(String name, @Nullable Object mapping) {
        SamplingDefaults defaults = SamplingDefaults.NONE;
        if (mapping == null) {
            return defaults;
        }
        Fields fields = new Fields("sampling of " + name, mapping);
        for (String parameter : fields.values().keySet()) {
            try {
                defaults = defaults.with(SamplingDefaults.Parameter.of(parameter), fields.decimal(parameter));
            } catch (InvalidParameterException e) {
                throw new IllegalArgumentException(fields.what() + ": " + e.getMessage(), e);
            }
        }
        return defaults;
    }

    private static Source source(Fields fields) {
        Optional<String> repository = fields.optional("huggingface");
        if (repository.isPresent()) {
            return new Source.HuggingFace(
                    repository.get(),
                    fields.required("file"),
                    fields.optional("revision").orElse("main"));
        }
        Optional<String> packageName = fields.optional("python-package");
        if (packageName.isPresent()) {
            long parts = fields.optional("parts").isPresent() ? fields.number("parts") : 1;
            List<Source.Part> all = new ArrayList<>();
            for (int n = 1; n <= parts; n++) {
                all.add(new Source.Part(
                        numbered(packageName.get(), n),
                        fields.required("version"),
                        numbered(fields.required("member"), n)));
            }
            return new Source.PythonPackages(all);
        }
        Optional<String> address = fields.optional("url");
        if (address.isPresent()) {
            return new Source.Web(URI.create(address.get()));
        }
        throw new IllegalArgumentException(fields.what() + " must be one of huggingface, python-package or url, has "
                + fields.values().keySet());
    }

    private static String numbered(String pattern, int n) {
        return pattern.replace("{nn}", String.format(Locale.ROOT, "%02d", n))
                .replace("{n}", Integer.toString(n))
                .replace("{i}", String.format(Locale.ROOT, "%02d", n - 1));
    }

    /** A YAML mapping that says what it lacks. */
    private record Fields(String what, Map<String, Object> values) {
        Fields(String what, @Nullable Object mapping) {
            this(what, asMap(what, mapping));
        }

        private static Map<String, Object> asMap(String what, @Nullable Object mapping) {
            if (!(mapping instanceof Map<?, ?> map)) {
                throw new IllegalArgumentException(what + " must be a mapping, was " + mapping);
            }
            Map<String, Object> values = new LinkedHashMap<>();
            map.forEach((key, value) -> {
                if (value != null) {
                    values.put(String.valueOf(key), value);
                }
            });
            return values;
        }

        Optional<String> optional(String name) {
            return Optional.ofNullable(values.get(name)).map(String::valueOf);
        }

        String required(String name) {
            return optional(name).orElseThrow(() -> new IllegalArgumentException(what + " lacks \"" + name + "\""));
        }

        long number(String name) {
            return anyNumber(name).longValue();
        }

        double decimal(String name) {
            return anyNumber(name).doubleValue();
        }

        private Number anyNumber(String name) {
            if (values.get(name) instanceof Number number) {
                return number;
            }
            throw new IllegalArgumentException(name + " of " + what + " must be a number, was " + values.get(name));
        }
    }
}
