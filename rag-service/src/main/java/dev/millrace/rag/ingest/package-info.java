/** The way of a document: from bytes to a state in the catalogue and chunks in the index. */
@NullMarked
package dev.millrace.rag.ingest;

import org.jspecify.annotations.NullMarked;
