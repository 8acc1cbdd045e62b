/** Text becomes overlapping chunks along sentences and headings; knows {@code text}, {@code parse} and the tokenizer of {@code embed}. */
@NullMarked
package dev.millrace.rag.chunk;

import org.jspecify.annotations.NullMarked;
