/**
 * The step loop: one thread that takes requests from a bounded queue, runs them together and hands out what they give.
 * Knows {@code schedule}, {@code model}, {@code cache}, {@code sample} and {@code text}.
 */
@NullMarked
package dev.millrace.inference.engine;

import org.jspecify.annotations.NullMarked;
