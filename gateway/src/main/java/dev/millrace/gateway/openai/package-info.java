/** An edge: OpenAI's HTTP shapes, server-sent events and errors. */
@NullMarked
package dev.millrace.gateway.openai;

import org.jspecify.annotations.NullMarked;
