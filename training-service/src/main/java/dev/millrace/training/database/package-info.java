/** An edge: the service's schema in PostgreSQL, brought up to date while everything else starts. */
@NullMarked
package dev.millrace.training.database;

import org.jspecify.annotations.NullMarked;
