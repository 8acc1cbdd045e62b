/** A job's process: trains from a folder, tells its parent by lines of JSON. Knows {@code train} and those below it. */
@NullMarked
package dev.millrace.training.worker;

import org.jspecify.annotations.NullMarked;
