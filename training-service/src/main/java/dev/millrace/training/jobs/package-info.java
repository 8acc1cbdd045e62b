/**
 * Jobs: taken in once, checked, given to workers, watched, published. Their state lies in PostgreSQL. Knows {@code data},
 * {@code worker} and those below.
 */
@NullMarked
package dev.millrace.training.jobs;

import org.jspecify.annotations.NullMarked;
