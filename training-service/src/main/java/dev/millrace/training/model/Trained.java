package dev.millrace.training.model;

import java.util.Map;
import java.util.Optional;

/** What of a model is trained. */
public sealed interface Trained permits LoraAdapter, WholeModel {
    /** By name, in a fixed order. */
    Map<String, Parameter> parameters();

    /** What is trained under that name, if anything. */
    default Optional<Parameter> parameter(String name) {
        return Optional.ofNullable(parameters().get(name));
    }
}
