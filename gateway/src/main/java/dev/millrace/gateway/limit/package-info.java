/** What a caller may use, paid before it is used: tokens, requests, parallel requests, budgets; knows {@code keys} and {@code usage}. */
@NullMarked
package dev.millrace.gateway.limit;

import org.jspecify.annotations.NullMarked;
