/**
 * The use case of answering from documents: passages, a prompt of numbered sources, an answer whose sentences are cited and
 * checked; knows {@code generation} and {@code backend}, and no door.
 */
@NullMarked
package dev.millrace.gateway.grounded;

import org.jspecify.annotations.NullMarked;
