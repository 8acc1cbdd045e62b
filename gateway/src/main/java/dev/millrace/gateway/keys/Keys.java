package dev.millrace.gateway.keys;

import reactor.core.publisher.Mono;

/** The keys that open the gateway. */
public interface Keys {
    /**
     * Says whose key this is. Never blocks: what it must look up is waited for elsewhere.
     *
     * @param key the key as the client sent it, without "Bearer "
     * @return one answer
     */
    Mono<Authentication> authenticate(String key);
}
