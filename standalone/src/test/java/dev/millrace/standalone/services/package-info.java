/** The services as processes of their own, with the true engine behind the gateway. */
@NullMarked
package dev.millrace.standalone.services;

import org.jspecify.annotations.NullMarked;
