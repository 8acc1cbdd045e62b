package dev.millrace.gateway.openai;

import dev.millrace.gateway.files.FileStore;
import dev.millrace.gateway.files.StoredFile;
import dev.millrace.gateway.files.Upload;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.http.codec.multipart.PartEventHttpMessageReader;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;
import reactor.netty.channel.AbortedException;
import reactor.util.context.Context;

/** Takes files in from multipart bodies: piece by piece to the disk, never whole in memory. */
@Component
final class Uploads {
    /** Pieces that wait for the disk; then the client waits. */
    private static final int AHEAD = 4;

    private static final int MOST_FIELD_BYTES = 8 << 10;
    private static final int MOST_PARTS = 8;
    /** What a body has beside the file. */
    private static final long MOST_AROUND_BYTES = MOST_PARTS * (MOST_FIELD_BYTES + 11L * 1024);

    /** Reactor's name for who is told of errors that nobody waits for any more. */
    private static final String DROPPED = "reactor.onErrorDropped.local";

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

    private static final ResolvableType EVENT = ResolvableType.forClass(PartEvent.class);

    private final FileStore files;
    private final Duration timeout;
    private final PartEventHttpMessageReader reader = new PartEventHttpMessageReader();

    Uploads(FileStore files, HttpBounds bounds) {
        this.files = files;
        this.timeout = bounds.bodyTimeout();
        reader.setMaxInMemorySize(MOST_FIELD_BYTES);
        reader.setMaxParts(MOST_PARTS);
    }

    /** The file of a request; whatever goes wrong, nothing of it is left behind. */
    Mono<StoredFile> take(ServerWebExchange exchange, String tenant) {
        return Mono.defer(() -> {
                    checkHeaders(exchange.getRequest());
                    return Mono.usingWhen(
                            Database.ask(files::begin),
                            upload -> receive(exchange.getRequest(), new UploadForm(upload, tenant)),
                            Uploads::close);
                })
                .onErrorMap(
                        SQLException.class, failure -> Database.refusal(failure).exception())
                .onErrorMap(
                        DataBufferLimitException.class,
                        failure -> malformed(failure).exception())
                .onErrorMap(
                        DecodingException.class, failure -> malformed(failure).exception())
                .onErrorMap(AbortedException.class, _ -> gone().exception())
                // a body that broke off fails its reader and its form, of which one comes too late to be told
                .contextWrite(Context.of(DROPPED, (Consumer<Throwable>)
                        late -> LOG.debug("an upload that had ended already failed again: {}", late.toString())));
    }

    private Mono<StoredFile> receive(ServerHttpRequest request, UploadForm form) {
        return reader.read(EVENT, onHeap(request), Map.of())
                .cast(PartEvent.class)
                .publishOn(Schedulers.boundedElastic(), AHEAD)
                .handle((PartEvent event, SynchronousSink<PartEvent> sink) -> take(event, form, sink))
                .then(Mono.fromCallable(() -> files.keep(form.upload(), form.description())));
    }

    /** With pieces that need no release: the reader loses some where a request is broken off. */
    private ServerHttpRequest onHeap(ServerHttpRequest request) {
        return new ServerHttpRequestDecorator(request) {
            @Override
            public Flux<DataBuffer> getBody() {
                return super.getBody()
                        .map(Uploads::copy)
                        .timeout(timeout)
                        .onErrorMap(TimeoutException.class, _ -> tooSlow().exception());
            }
        };
    }

    private static DataBuffer copy(DataBuffer piece) {
        try {
            byte[] bytes = new byte[piece.readableByteCount()];
            piece.read(bytes);
            return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
        } finally {
            DataBufferUtils.release(piece);
        }
    }

    private static void take(PartEvent event, UploadForm form, SynchronousSink<PartEvent> sink) {
        try {
            form.take(event);
        } catch (RefusedException | IOException failure) {
            sink.error(failure);
        }
    }

    private static Mono<Void> close(Upload upload) {
        return Mono.<Void>fromCallable(() -> {
                    upload.close();
                    return null;
                })
                .subscribeOn(Schedulers.boundedElastic());
    }

    private void checkHeaders(ServerHttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        long most = files.mostBytes() + MOST_AROUND_BYTES;
        if (headers.getContentLength() > most) {
            throw Refusal.of(
                            Kind.TOO_LARGE,
                            "file_too_large",
                            "a file may have " + files.mostBytes() + " bytes at most, the request's body has "
                                    + headers.getContentLength())
                    .at("file")
                    .exception();
        }
        String encoding = headers.getFirst(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Refusal.of(
                            Kind.UNSUPPORTED_MEDIA_TYPE,
                            "unsupported_content_encoding",
                            "bodies are taken uncompressed, this one had content-encoding " + Fields.shorten(encoding))
                    .exception();
        }
        String type =
                Optional.ofNullable(headers.getFirst(HttpHeaders.CONTENT_TYPE)).orElse("none");
        if (!isForm(type)) {
            throw Refusal.of(
                            Kind.UNSUPPORTED_MEDIA_TYPE,
                            "unsupported_content_type",
                            "content-type must be multipart/form-data with a boundary, was " + Fields.shorten(type))
                    .exception();
        }
    }

    private static boolean isForm(String type) {
        try {
            MediaType media = MediaType.parseMediaType(type);
            return media.isCompatibleWith(MediaType.MULTIPART_FORM_DATA) && media.getParameter("boundary") != null;
        } catch (InvalidMediaTypeException _) {
            return false;
        }
    }

    private Refusal tooSlow() {
        return Refusal.of(
                Kind.TIMEOUT,
                "request_timeout",
                "nothing of the file arrived for " + timeout.toMillis() + " ms: send it faster");
    }

    private static Refusal gone() {
        return Refusal.of(Kind.CLIENT_GONE, "client_gone", "the connection was closed before the file's end");
    }

    private static Refusal malformed(Exception failure) {
        return Refusal.of(
                Kind.INVALID,
                "invalid_multipart",
                "the body is no whole multipart form: " + Fields.shorten(String.valueOf(failure.getMessage())));
    }
}
