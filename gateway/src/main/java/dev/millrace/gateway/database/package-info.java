/** An edge: the gateway's schema in PostgreSQL, brought up to date while everything else starts. */
@NullMarked
package dev.millrace.gateway.database;

import org.jspecify.annotations.NullMarked;
