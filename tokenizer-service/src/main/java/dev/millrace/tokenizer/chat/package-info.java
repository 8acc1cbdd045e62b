/** Messages and a model's chat template become token ids, what users typed kept apart; knows template and vocabulary. */
@NullMarked
package dev.millrace.tokenizer.chat;

import org.jspecify.annotations.NullMarked;
