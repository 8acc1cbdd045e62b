/** Which models are loaded, and loading them. Knows {@code engine}, {@code model} and {@code text}. */
@NullMarked
package dev.millrace.inference.models;

import org.jspecify.annotations.NullMarked;
