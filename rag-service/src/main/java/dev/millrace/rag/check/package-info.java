/** Whether a text says what passages say: each sentence, with a score and the words that support it. */
@NullMarked
package dev.millrace.rag.check;

import org.jspecify.annotations.NullMarked;
