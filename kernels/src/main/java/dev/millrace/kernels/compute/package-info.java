/**
 * The arithmetic of a transformer behind one interface with three providers, and the choice among them. Depends on
 * {@code quant} and {@code weights}.
 */
@NullMarked
package dev.millrace.kernels.compute;

import org.jspecify.annotations.NullMarked;
