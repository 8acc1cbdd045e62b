package dev.millrace.inference.models;

import java.util.List;

/** Where a model is on its way to be served. */
public sealed interface ModelState {
    record Loading() implements ModelState {}

    record Ready(ServedModel model) implements ModelState {}

    /** It can't be loaded; {@code reason} says why, and what would be right. */
    record Failed(String reason) implements ModelState {}

    /** There is none of that name, but these. */
    record Unknown(List<String> known) implements ModelState {}
}
