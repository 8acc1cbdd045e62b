/** Blocks of keys and values as host data: who holds which, and which prefixes they hold. Depends on the JDK. */
@NullMarked
package dev.millrace.inference.cache;

import org.jspecify.annotations.NullMarked;
