/**
 * What a benchmark measures and how it is told: the machine's peaks, the kernels on a model's own matrices, and servers
 * under load as their clients see them. Depends on the kernels and the model loader, never on the command line.
 */
@NullMarked
package dev.millrace.standalone.bench;

import org.jspecify.annotations.NullMarked;
