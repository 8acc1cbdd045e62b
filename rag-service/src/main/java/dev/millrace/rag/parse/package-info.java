/** A file becomes text with its headings and pages, within limits of time and memory; knows {@code text}. */
@NullMarked
package dev.millrace.rag.parse;

import org.jspecify.annotations.NullMarked;
