/** Text to token ids and back, chat templates, token counts: the composition root of the tokenizer service. */
@NullMarked
package dev.millrace.tokenizer;

import org.jspecify.annotations.NullMarked;
