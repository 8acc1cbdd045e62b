/** Fine-tuning as a service: its composition root. */
@NullMarked
package dev.millrace.training;

import org.jspecify.annotations.NullMarked;
