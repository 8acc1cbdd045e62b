/** Every service, a Kafka broker and PostgreSQL in one process. Alone may depend on all services. */
@NullMarked
package dev.millrace.standalone;

import org.jspecify.annotations.NullMarked;
