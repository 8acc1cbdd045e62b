package dev.millrace.gateway.upstream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/** Sends one request over and over on some connections, with as little work of its own as can be. */
final class LoadGenerator {
    private final int port;
    private final byte[] request;

    /** What one run came to; times in nanoseconds, sorted. */
    // runs are never compared
    @SuppressWarnings("ArrayRecordComponent")
    record Run(long[] nanos, double seconds) {
        double perSecond() {
            return nanos.length / seconds;
        }

        double millis(double quantile) {
            return nanos[(int) Math.min(nanos.length - 1, quantile * nanos.length)] / 1e6;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%8.0f requests/s   median %7.3f ms   p99 %7.3f ms",
                    perSecond(),
                    millis(0.5),
                    millis(0.99));
        }
    }

    LoadGenerator(int port, String key, String body) {
        this.port = port;
        this.request = ("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nContent-Type: application/json\r\nAuthorization: Bearer " + key
                        + "\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @param perSecond requests of all connections together; 0 for as many as go
     */
    Run run(int connections, double seconds, int perSecond) throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Future<long[]>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            for (int connection = 0; connection < connections; connection++) {
                long pause = perSecond == 0 ? 0 : 1_000_000_000L * connections / perSecond;
                long first = System.nanoTime() + pause * connection / connections;
                running.add(threads.submit(() -> send(end, first, pause)));
            }
            long[] all = new long[0];
            for (Future<long[]> one : running) {
                int before = all.length;
                all = Arrays.copyOf(all, before + one.get().length);
                System.arraycopy(one.get(), 0, all, before, one.get().length);
            }
            Arrays.sort(all);
            return new Run(all, seconds);
        }
    }

    private long[] send(long end, long first, long pauseNanos) throws IOException {
        long[] nanos = new long[1 << 16];
        int count = 0;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            long due = first;
            while (System.nanoTime() < end) {
                long start = System.nanoTime();
                if (pauseNanos > 0) {
                    while (start < due) {
                        LockSupport.parkNanos(due - start);
                        start = System.nanoTime();
                    }
                    // from when it was due: who comes late has waited
                    start = due;
                    due += pauseNanos;
                }
                socket.getOutputStream().write(request);
                readAnswer(in);
                if (count == nanos.length) {
                    nanos = Arrays.copyOf(nanos, count * 2);
                }
                nanos[count++] = System.nanoTime() - start;
            }
        }
        return Arrays.copyOf(nanos, count);
    }

    private static void readAnswer(InputStream in) throws IOException {
        String status = line(in);
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException("answered " + status);
        }
        int length = -1;
        boolean chunked = false;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            String name = header.toLowerCase(Locale.ROOT);
            if (name.startsWith("content-length:")) {
                length = Integer.parseInt(
                        name.substring("content-length:".length()).strip());
            }
            chunked |= name.startsWith("transfer-encoding:") && name.endsWith("chunked");
        }
        if (chunked) {
            for (int size = chunk(in); size > 0; size = chunk(in)) {
                in.skipNBytes(size + 2L);
            }
            line(in);
        } else {
            in.skipNBytes(length);
        }
    }

    private static int chunk(InputStream in) throws IOException {
        return Integer.parseInt(line(in), 16);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int letter = in.read(); letter != '\n'; letter = in.read()) {
            if (letter < 0) {
                throw new IOException("the connection was closed");
            }
            if (letter != '\r') {
                line.append((char) letter);
            }
        }
        return line.toString();
    }
}
