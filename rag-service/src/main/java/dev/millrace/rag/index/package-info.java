/** An index for each collection: words and vectors, tenant and attributes inside every query. Here is Lucene's; another lies within. */
@NullMarked
package dev.millrace.rag.index;

import org.jspecify.annotations.NullMarked;
