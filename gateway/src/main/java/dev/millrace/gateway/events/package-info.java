/** An edge: what the gateway tells and hears over Kafka. */
@NullMarked
package dev.millrace.gateway.events;

import org.jspecify.annotations.NullMarked;
