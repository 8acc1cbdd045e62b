/** Sentences and words of a text, by offsets; depends on the JDK alone. */
@NullMarked
package dev.millrace.rag.text;

import org.jspecify.annotations.NullMarked;
