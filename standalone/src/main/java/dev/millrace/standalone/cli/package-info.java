/**
 * The command line, one class a command; speaks with the running platform as any client would, and by its control
 * socket.
 */
@NullMarked
package dev.millrace.standalone.cli;

import org.jspecify.annotations.NullMarked;
