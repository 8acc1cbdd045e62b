/** Block formats: how each quantised type is read and written, and what it loses. Depends on {@code weights}. */
@NullMarked
package dev.millrace.kernels.quant;

import org.jspecify.annotations.NullMarked;
