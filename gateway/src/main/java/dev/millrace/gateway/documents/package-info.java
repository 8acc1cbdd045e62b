/** An edge: vector stores, search, ranking and the groundedness check over HTTP; speaks to the service of documents. */
@NullMarked
package dev.millrace.gateway.documents;

import org.jspecify.annotations.NullMarked;
