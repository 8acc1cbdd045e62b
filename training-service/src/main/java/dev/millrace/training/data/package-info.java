/** Lines that users send become examples: read, checked, named by number where they are wrong. Knows {@code examples}. */
@NullMarked
package dev.millrace.training.data;

import org.jspecify.annotations.NullMarked;
