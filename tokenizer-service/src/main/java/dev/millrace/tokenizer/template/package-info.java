/**
 * The Jinja interpreter for chat templates, byte for byte as transformers renders them; depends on the JDK alone.
 *
 * <p>A template's text goes through {@code Lexer} and {@code Parser} to a tree of records, which {@code Interpreter}
 * walks. Every text knows which of its characters came from outside the template ({@link
 * dev.millrace.tokenizer.template.Spans}), so that what a user typed can be told from what the template wrote.
 */
@NullMarked
package dev.millrace.tokenizer.template;

import org.jspecify.annotations.NullMarked;
