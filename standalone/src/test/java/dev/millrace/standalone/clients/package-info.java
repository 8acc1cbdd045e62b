/** Clients that people have already, as they are, against a running platform. */
@NullMarked
package dev.millrace.standalone.clients;

import org.jspecify.annotations.NullMarked;
