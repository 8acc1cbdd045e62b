/** An edge: gRPC channels to the tokenizer and to the engines; their answers as streams, their errors as refusals. */
@NullMarked
package dev.millrace.gateway.backend;

import org.jspecify.annotations.NullMarked;
