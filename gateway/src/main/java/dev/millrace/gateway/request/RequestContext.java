package dev.millrace.gateway.request;

import dev.millrace.gateway.keys.Caller;
import java.time.Instant;

/**
 * One request on its way.
 *
 * @param id goes back to the client as {@code x-request-id}, and names the request in logs, metrics and usage
 * @param endpoint {@code /v1/chat/completions}, {@code grpc:Chat}, ...
 */
public record RequestContext(String id, Caller caller, String endpoint, Instant startedAt) {}
