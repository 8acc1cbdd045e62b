/** An edge: the platform for gRPC clients, with the keys, limits and errors of the HTTP door. */
@NullMarked
package dev.millrace.gateway.grpc;

import org.jspecify.annotations.NullMarked;
