/** An edge: gRPC channels to the tokenizer, the engines, the documents and fine-tuning; their answers as streams, their errors as refusals. */
@NullMarked
package dev.millrace.gateway.backend;

import org.jspecify.annotations.NullMarked;
