/** Starts and stops the platform in one process: database, broker, services side by side; may know every service. */
@NullMarked
package dev.millrace.standalone.launch;

import org.jspecify.annotations.NullMarked;
