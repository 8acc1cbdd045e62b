/** What each request used, told once; knows only {@code keys}. */
@NullMarked
package dev.millrace.gateway.usage;

import org.jspecify.annotations.NullMarked;
