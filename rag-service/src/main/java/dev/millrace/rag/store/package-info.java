/** What lies on this service's disk: the documents' bytes, and the collections' indexes. */
@NullMarked
package dev.millrace.rag.store;

import org.jspecify.annotations.NullMarked;
