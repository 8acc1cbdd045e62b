package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import java.util.Map;

/**
 * An event of a streamed response.
 *
 * @param type also the event's name
 * @param sequenceNumber from 0, without gaps
 */
record ResponseEvent(
        String type, int sequenceNumber, @JsonAnyGetter Map<String, Object> fields) {}
