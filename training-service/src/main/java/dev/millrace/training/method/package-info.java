/** What is learnt from an example: losses over log-probabilities, as plain numbers. Knows {@code model} alone. */
@NullMarked
package dev.millrace.training.method;

import org.jspecify.annotations.NullMarked;
