/** A prompt's way, the same for HTTP and gRPC clients: reserved, routed, generated, settled, taken note of. */
@NullMarked
package dev.millrace.gateway.generation;

import org.jspecify.annotations.NullMarked;
