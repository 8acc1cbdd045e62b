/** Token sequences to learn from, and the file that holds them. Knows the JDK alone. */
@NullMarked
package dev.millrace.training.examples;

import org.jspecify.annotations.NullMarked;
