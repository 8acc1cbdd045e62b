/** Adapters on disk, as PEFT and vLLM read them. Knows {@code model} and {@code kernels}. */
@NullMarked
package dev.millrace.training.adapter;

import org.jspecify.annotations.NullMarked;
