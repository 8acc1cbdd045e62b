/** Files that users send: their bytes in a folder, what is known of them in PostgreSQL; knows {@code request}. */
@NullMarked
package dev.millrace.gateway.files;

import org.jspecify.annotations.NullMarked;
