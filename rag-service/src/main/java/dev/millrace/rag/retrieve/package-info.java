/** The way of a question: passages of the collections that a tenant may see. */
@NullMarked
package dev.millrace.rag.retrieve;

import org.jspecify.annotations.NullMarked;
