package dev.millrace.gateway.openai;

import java.nio.charset.StandardCharsets;

/** Forms with a file, as clients send them. */
final class Multipart {
    static final String BOUNDARY = "8f2c";

    private Multipart() {}

    static String field(String name, String value) {
        return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    static String fileHead(String filename) {
        return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + filename
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    }

    private static String end() {
        return "\r\n--" + BOUNDARY + "--\r\n";
    }

    static byte[] form(byte[] content, String... fields) {
        byte[] before = (String.join("", fields) + fileHead("train.jsonl")).getBytes(StandardCharsets.UTF_8);
        byte[] after = end().getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[before.length + content.length + after.length];
        System.arraycopy(before, 0, all, 0, before.length);
        System.arraycopy(content, 0, all, before.length, content.length);
        System.arraycopy(after, 0, all, before.length + content.length, after.length);
        return all;
    }
}
