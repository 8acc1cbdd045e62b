/** An edge: keys and usage over HTTP, for keys with the scope {@code admin}. */
@NullMarked
package dev.millrace.gateway.admin;

import org.jspecify.annotations.NullMarked;
