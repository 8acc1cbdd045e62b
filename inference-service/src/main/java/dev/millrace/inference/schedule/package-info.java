/** Which sequences compute how many tokens in the next step, and which blocks they hold. Knows {@code cache}. */
@NullMarked
package dev.millrace.inference.schedule;

import org.jspecify.annotations.NullMarked;
