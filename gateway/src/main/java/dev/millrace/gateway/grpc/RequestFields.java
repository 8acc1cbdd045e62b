package dev.millrace.gateway.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import dev.millrace.gateway.backend.RagClient;
import dev.millrace.gateway.request.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Refusals in the words of the request that is refused. What both doors share, and the services behind, name fields as HTTP
 * has them, or as their own requests do.
 */
final class RequestFields {
    /** What is another thing at this door altogether: the words of a chat are its question and its prompt. */
    private static final Map<String, String> OTHERS =
            Map.of("prompt", "messages", "query", "messages", "input", "texts");

    private RequestFields() {}

    /** The same refusal; where the request has no such field, it names none. */
    static Refusal named(Refusal refusal, Descriptor request) {
        return new Refusal(
                refusal.kind(),
                refusal.message(),
                refusal.code().map(RagClient::ownName),
                refusal.param().flatMap(param -> path(param, request)),
                refusal.retryAfter(),
                refusal.headers());
    }

    /**
     * @param param a field, or a path that begins with one: {@code messages[0].role}
     */
    private static Optional<String> path(String param, Descriptor request) {
        String first = param.split("[.\\[]", 2)[0];
        String own = RagClient.ownName(first);
        return Stream.of(first, own, own + "s", OTHERS.getOrDefault(first, first))
                .flatMap(name -> find(name, request).stream())
                .findFirst()
                .map(found -> found + param.substring(first.length()));
    }

    /** A field of the request, or of a message in it. */
    private static Optional<String> find(String name, Descriptor request) {
        boolean isOneof =
                request.getOneofs().stream().map(OneofDescriptor::getName).anyMatch(name::equals);
        if (isOneof || request.findFieldByName(name) != null) {
            return Optional.of(name);
        }
        return request.getFields().stream()
                .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated())
                .filter(field -> field.getMessageType().findFieldByName(name) != null)
                .findFirst()
                .map(field -> field.getName() + "." + name);
    }
}
