/** The real models against independent implementations: the same weights must say the same. */
@NullMarked
package dev.millrace.standalone.models;

import org.jspecify.annotations.NullMarked;
