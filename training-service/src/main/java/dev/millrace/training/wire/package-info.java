/** Jobs as the contracts have them, for every edge. Knows {@code jobs} and those below. */
@NullMarked
package dev.millrace.training.wire;

import org.jspecify.annotations.NullMarked;
