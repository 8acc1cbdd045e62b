/**
 * A language model that can be trained: read from a GGUF file or a Hugging Face folder, computed by torch, with low-rank
 * adapters beside its frozen matrices. Knows {@code kernels} and {@code torch} alone.
 */
@NullMarked
package dev.millrace.training.model;

import org.jspecify.annotations.NullMarked;
