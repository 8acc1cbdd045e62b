package dev.millrace.standalone.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How the command line speaks with the running platform: one line of JSON each way over the loopback interface. A
 * token that only the same user can read opens it.
 */
public final class Control implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Control.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MOST_CHARACTERS = 1 << 16;

    private final ServerSocket socket;
    private final String token;
    private final Function<JsonNode, ObjectNode> answer;

    private Control(ServerSocket socket, String token, Function<JsonNode, ObjectNode> answer) {
        this.socket = socket;
        this.token = token;
        this.answer = answer;
    }

    /** @param answer from a request to its answer; what it throws becomes the answer's {@code error} */
    static Control listen(Function<JsonNode, ObjectNode> answer) throws IOException {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        ServerSocket socket = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Control control = new Control(socket, HexFormat.of().formatHex(random), answer);
        Thread.ofPlatform().daemon().name("control").start(control::accept);
        return control;
    }

    int port() {
        return socket.getLocalPort();
    }

    String token() {
        return token;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing the control socket", e);
        }
    }

    /**
     * Asks the running platform.
     *
     * @throws IOException if it can't be reached, or its answer is an error: then with that message
     */
    public static JsonNode ask(RunFile running, ObjectNode request) throws IOException {
        request.put("token", running.controlToken());
        try (Socket connection = new Socket()) {
            connection.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), running.controlPort()), 2000);
            connection.setSoTimeout(30_000);
            send(connection, request);
            JsonNode reply = JSON.readTree(reader(connection).readLine());
            if (reply.hasNonNull("error")) {
                throw new IOException(reply.get("error").asString());
            }
            return reply;
        } catch (JacksonException e) {
            throw new IOException("the running platform's answer can't be read", e);
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().name("control").start(() -> serve(connection));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    LOG.warn("the control socket failed", e);
                }
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setSoTimeout(5_000);
            String line = readLine(reader(connection));
            send(connection, answer(line));
        } catch (IOException e) {
            LOG.debug("a control connection broke off", e);
        }
    }

    private ObjectNode answer(String line) {
        ObjectNode failure = JSON.createObjectNode();
        try {
            JsonNode request = JSON.readTree(line);
            byte[] presented = request.path("token").asString().getBytes(StandardCharsets.UTF_8);
            if (!MessageDigest.isEqual(presented, token.getBytes(StandardCharsets.UTF_8))) {
                return failure.put("error", "the token is not the one in the run file");
            }
            return answer.apply(request);
        } catch (RuntimeException e) {
            LOG.debug("a control request failed", e);
            return failure.put("error", e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private static String readLine(BufferedReader reader) throws IOException {
        StringBuilder line = new StringBuilder();
        int character;
        while ((character = reader.read()) >= 0 && character != '\n') {
            if (line.length() == MOST_CHARACTERS) {
                throw new IOException("a request of more than " + MOST_CHARACTERS + " characters");
            }
            line.append((char) character);
        }
        return line.toString();
    }

    private static BufferedReader reader(Socket connection) throws IOException {
        return new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8));
    }

    private static void send(Socket connection, ObjectNode message) throws IOException {
        OutputStream out = connection.getOutputStream();
        out.write((JSON.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
