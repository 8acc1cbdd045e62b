/** Which models there are by name, where each comes from, and how it is fetched; knows nothing of the servers. */
@NullMarked
package dev.millrace.standalone.catalogue;

import org.jspecify.annotations.NullMarked;
