/** One Lucene index for each collection: words and vectors, tenant and attributes inside every query. */
@NullMarked
package dev.millrace.rag.index;

import org.jspecify.annotations.NullMarked;
