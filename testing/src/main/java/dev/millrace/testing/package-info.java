/** What the tests of several services need: a real Kafka broker, ports, and patience. */
@NullMarked
package dev.millrace.testing;

import org.jspecify.annotations.NullMarked;
