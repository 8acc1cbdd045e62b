/** The whole platform in one process, as {@code ./millrace up} starts it, from outside. */
@NullMarked
package dev.millrace.standalone.platform;

import org.jspecify.annotations.NullMarked;
