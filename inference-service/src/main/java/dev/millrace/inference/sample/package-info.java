/** Logits to tokens: what a request asks of the choice, the choice itself, log-probabilities. Depends on the JDK. */
@NullMarked
package dev.millrace.inference.sample;

import org.jspecify.annotations.NullMarked;
