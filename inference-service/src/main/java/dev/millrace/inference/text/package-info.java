/** Token ids to text: a vocabulary's bytes, characters that are split over tokens, stop strings. Depends on the JDK. */
@NullMarked
package dev.millrace.inference.text;

import org.jspecify.annotations.NullMarked;
