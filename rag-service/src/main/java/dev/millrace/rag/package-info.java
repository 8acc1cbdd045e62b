/** Documents taken in, retrieved, and what is said of them checked: the composition root of the RAG service. */
@NullMarked
package dev.millrace.rag;

import org.jspecify.annotations.NullMarked;
