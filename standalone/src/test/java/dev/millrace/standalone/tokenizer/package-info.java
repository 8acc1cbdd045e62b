/** Tokenizers of real models against what llama.cpp makes of the same texts. */
@NullMarked
package dev.millrace.standalone.tokenizer;

import org.jspecify.annotations.NullMarked;
