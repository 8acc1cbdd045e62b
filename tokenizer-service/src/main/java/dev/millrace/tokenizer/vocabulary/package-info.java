/** Vocabularies: text to ids and ids to bytes, from a tokenizer.json or from a GGUF file. Depends on the weight files of kernels and on DJL's binding. */
@NullMarked
package dev.millrace.tokenizer.vocabulary;

import org.jspecify.annotations.NullMarked;
