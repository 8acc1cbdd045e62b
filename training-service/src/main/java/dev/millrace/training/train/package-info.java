/** The loop: examples in, steps of an optimizer, checkpoints out. It knows a {@code Method} and never which. */
@NullMarked
package dev.millrace.training.train;

import org.jspecify.annotations.NullMarked;
