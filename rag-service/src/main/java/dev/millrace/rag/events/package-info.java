/** An edge: ingestion over Kafka. */
@NullMarked
package dev.millrace.rag.events;

import org.jspecify.annotations.NullMarked;
