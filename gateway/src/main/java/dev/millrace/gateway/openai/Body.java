package dev.millrace.gateway.openai;

import tools.jackson.databind.node.ObjectNode;

/**
 * A request's body.
 *
 * @param bytes as the client sent it
 * @param fields the same, parsed
 */
// bodies are never compared
@SuppressWarnings("ArrayRecordComponent")
public record Body(byte[] bytes, ObjectNode fields) {}
