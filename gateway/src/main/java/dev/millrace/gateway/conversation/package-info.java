/** Answers that are kept, so that the next turn of a conversation can build on them; depends on the JDK alone. */
@NullMarked
package dev.millrace.gateway.conversation;

import org.jspecify.annotations.NullMarked;
