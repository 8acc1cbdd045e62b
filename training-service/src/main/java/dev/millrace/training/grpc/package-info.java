/** An edge: the service {@code Training}, and the client of the tokenizer service. */
@NullMarked
package dev.millrace.training.grpc;

import org.jspecify.annotations.NullMarked;
