package dev.millrace.standalone.catalogue;

import java.net.URI;
import java.util.List;

/** One place that a model's file comes from. */
public sealed interface Source {
    /** For messages: "Hugging Face (Qwen/Qwen3-0.6B-GGUF)". */
    String label();

    /** A file of a repository on Hugging Face, or on what HF_ENDPOINT names. */
    record HuggingFace(String repository, String file, String revision) implements Source {
        @Override
        public String label() {
            return "Hugging Face (" + repository + ")";
        }
    }

    /** Files inside Python packages, joined in order. */
    record PythonPackages(List<Part> parts) implements Source {
        public PythonPackages {
            parts = List.copyOf(parts);
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("a model needs at least one Python package");
            }
        }

        @Override
        public String label() {
            Part first = parts.getFirst();
            return parts.size() == 1
                    ? "the Python package " + first.name() + " " + first.version()
                    : parts.size() + " Python packages, " + first.name() + " and so on";
        }
    }

    /**
     * @param member path of the file inside the package
     */
    record Part(String name, String version, String member) {}

    record Web(URI address) implements Source {
        @Override
        public String label() {
            return address.toString();
        }
    }
}
