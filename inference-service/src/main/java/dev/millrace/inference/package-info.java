/** The inference engine as a service: its composition root. */
@NullMarked
package dev.millrace.inference;

import org.jspecify.annotations.NullMarked;
