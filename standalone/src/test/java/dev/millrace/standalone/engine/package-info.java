/** What the engine promises, held with real models. */
@NullMarked
package dev.millrace.standalone.engine;

import org.jspecify.annotations.NullMarked;
