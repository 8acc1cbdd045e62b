/** An edge: what the service hears and tells over Kafka. */
@NullMarked
package dev.millrace.training.events;

import org.jspecify.annotations.NullMarked;
