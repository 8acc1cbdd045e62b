/** An edge: the service Rag of rag.proto. */
@NullMarked
package dev.millrace.rag.grpc;

import org.jspecify.annotations.NullMarked;
