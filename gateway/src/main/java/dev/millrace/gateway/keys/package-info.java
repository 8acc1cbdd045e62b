/** Who calls: API keys and what each may do; knows no other package of the gateway. */
@NullMarked
package dev.millrace.gateway.keys;

import org.jspecify.annotations.NullMarked;
