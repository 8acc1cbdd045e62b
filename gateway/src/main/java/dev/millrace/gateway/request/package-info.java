/** What every request carries through the gateway, and how it may be refused; knows only {@code keys}. */
@NullMarked
package dev.millrace.gateway.request;

import org.jspecify.annotations.NullMarked;
