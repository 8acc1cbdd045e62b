/** What lies on this service's disk: the documents' bytes, and the collections' Lucene indexes. */
@NullMarked
package dev.millrace.rag.store;

import org.jspecify.annotations.NullMarked;
