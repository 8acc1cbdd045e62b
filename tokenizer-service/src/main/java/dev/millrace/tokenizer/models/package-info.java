/** Which models are served, and how far their tokenizers are. Depends on {@code chat} and {@code vocabulary}. */
@NullMarked
package dev.millrace.tokenizer.models;

import org.jspecify.annotations.NullMarked;
