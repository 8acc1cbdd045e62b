/** The service Tokenizer of tokenizer.proto: messages to calls of {@code models}, {@code chat} and {@code vocabulary}, outcomes to statuses. */
@NullMarked
package dev.millrace.tokenizer.grpc;

import org.jspecify.annotations.NullMarked;
