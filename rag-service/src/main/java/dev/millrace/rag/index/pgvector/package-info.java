/** The collections' indexes in PostgreSQL with pgvector, which several processes may use at once. */
@NullMarked
package dev.millrace.rag.index.pgvector;

import org.jspecify.annotations.NullMarked;
