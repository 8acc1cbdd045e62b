/** What comes over Kafka: adapters that were published or removed. Knows {@code models}. */
@NullMarked
package dev.millrace.inference.events;

import org.jspecify.annotations.NullMarked;
