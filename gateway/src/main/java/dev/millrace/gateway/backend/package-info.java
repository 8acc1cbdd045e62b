/** An edge: gRPC channels to the tokenizer, the engines and the documents; their answers as streams, their errors as refusals. */
@NullMarked
package dev.millrace.gateway.backend;

import org.jspecify.annotations.NullMarked;
