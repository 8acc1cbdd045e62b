package dev.millrace.training.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** All weights of a model, as they are named in its file as Hugging Face has it. */
public final class WholeModel implements Trained {
    private final Map<String, Parameter> parameters;

    WholeModel(Map<String, Parameter> parameters) {
        this.parameters = new LinkedHashMap<>(parameters);
    }

    @Override
    public Map<String, Parameter> parameters() {
        return Collections.unmodifiableMap(parameters);
    }
}
