package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.RequestContext;

/** What every piece of one answer says. */
record Answer(String id, long created, String model) {
    static Answer to(RequestContext context, String prefix, String model) {
        return new Answer(prefix + context.id(), context.startedAt().getEpochSecond(), model);
    }
}
