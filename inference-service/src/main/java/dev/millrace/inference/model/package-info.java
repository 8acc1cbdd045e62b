/**
 * A transformer's decoder: what a model looks like, where its weights lie in a file, and one step of it. Knows
 * {@code kernels} alone.
 */
@NullMarked
package dev.millrace.inference.model;

import org.jspecify.annotations.NullMarked;
