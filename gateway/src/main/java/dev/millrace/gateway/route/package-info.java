/** Where a model's requests go: a replica of ours, by prefix, or another server; knows no other package of the gateway. */
@NullMarked
package dev.millrace.gateway.route;

import org.jspecify.annotations.NullMarked;
