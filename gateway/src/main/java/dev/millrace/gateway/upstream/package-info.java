/** An edge: other OpenAI-compatible servers that stand behind a model's name. */
@NullMarked
package dev.millrace.gateway.upstream;

import org.jspecify.annotations.NullMarked;
