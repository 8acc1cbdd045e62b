/** Which collections and documents there are, and their states, in PostgreSQL. */
@NullMarked
package dev.millrace.rag.catalogue;

import org.jspecify.annotations.NullMarked;
