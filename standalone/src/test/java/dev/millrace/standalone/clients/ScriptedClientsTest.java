package dev.millrace.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestPlatform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's own Python and JavaScript libraries, installed into the build folder, against a running platform. */
class ScriptedClientsTest {
    private static final Path SCRIPTS = Path.of("src/test/clients").toAbsolutePath();
    private static final Path BUILD = Path.of("target/clients").toAbsolutePath();

    private final TestPlatform platform = TestPlatform.running();

    @ParameterizedTest
    @ValueSource(strings = {"openai_python.py", "openai_python_documents.py", "openai_python_tuning.py"})
    void openai_for_python_works_unchanged(String script) throws Exception {
        Path python = BUILD.resolve("python");
        String interpreter = python.resolve("bin/python").toString();
        if (!Files.exists(python.resolve("installed"))) {
            run(SCRIPTS, Map.of(), "python3", "-m", "venv", "--clear", python.toString());
            run(SCRIPTS, Map.of(), interpreter, "-m", "pip", "install", "--quiet", "--requirement", "requirements.txt");
            Files.createFile(python.resolve("installed"));
        }
        String output = run(SCRIPTS, credentials(), interpreter, "-B", script);
        assertThat(output).contains(" 0 failed").doesNotContain(" 0 passed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai_javascript.mjs", "openai_javascript_documents.mjs", "openai_javascript_tuning.mjs"})
    void openai_for_javascript_works_unchanged(String script) throws Exception {
        Path javascript = Files.createDirectories(BUILD.resolve("javascript"));
        for (String file : List.of("package.json", "checks.mjs", script)) {
            Files.copy(SCRIPTS.resolve(file), javascript.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(javascript.resolve("node_modules/openai"))) {
            run(javascript, Map.of(), "npm", "install", "--no-audit", "--no-fund", "--loglevel=error");
        }
        String output = run(javascript, credentials(), "node", script);
        assertThat(output).contains(" 0 failed").doesNotContain(" 0 passed");
    }

    private Map<String, String> credentials() {
        return Map.of(
                "OPENAI_BASE_URL",
                platform.openaiUrl(),
                "OPENAI_API_KEY",
                platform.key(),
                "MILLRACE_MODEL",
                platform.model(),
                "NO_PROXY",
                "127.0.0.1");
    }

    /** Runs a program to its end and returns what it printed; fails with that text where it fails. */
    private static String run(Path folder, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("millrace-client", ".log");
        try {
            var builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = process.waitFor(5, TimeUnit.MINUTES);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            String output = Files.readString(log, StandardCharsets.UTF_8);
            System.out.println(output);
            assertThat(ended)
                    .as("%s ended within 5 minutes: %s", List.of(command), output)
                    .isTrue();
            assertThat(process.exitValue())
                    .as("exit code of %s: %s", List.of(command), output)
                    .isZero();
            return output;
        } finally {
            Files.delete(log);
        }
    }
}
