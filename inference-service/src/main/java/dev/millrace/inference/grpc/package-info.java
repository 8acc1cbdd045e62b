/** The service's door: contracts to requests, events to contracts, outcomes to statuses. Knows every other package. */
@NullMarked
package dev.millrace.inference.grpc;

import org.jspecify.annotations.NullMarked;
