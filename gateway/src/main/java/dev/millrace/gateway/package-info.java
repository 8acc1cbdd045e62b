/** The only public door of the platform: its composition root. */
@NullMarked
package dev.millrace.gateway;

import org.jspecify.annotations.NullMarked;
