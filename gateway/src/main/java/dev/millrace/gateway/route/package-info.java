/** Where a model's requests go: a replica of ours, by prefix, or another server; knows only {@code keys}. */
@NullMarked
package dev.millrace.gateway.route;

import org.jspecify.annotations.NullMarked;
