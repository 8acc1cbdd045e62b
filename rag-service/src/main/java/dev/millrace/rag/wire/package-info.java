/** What both edges, gRPC and Kafka, make of records and of each other's messages. */
@NullMarked
package dev.millrace.rag.wire;

import org.jspecify.annotations.NullMarked;
