/** The engine under random load for as long as one likes. */
@NullMarked
package dev.millrace.standalone.soak;

import org.jspecify.annotations.NullMarked;
