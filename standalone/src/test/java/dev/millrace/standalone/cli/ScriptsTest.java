package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell scripts, in a copy of the tree's outline where java and mvn only say how they were called. */
class ScriptsTest {
    private static final String VECTOR_MODULE = "--add-modules=jdk.incubator.vector";
    private static final String QUICK = "-XX:TieredStopAtLevel=1";
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();

    private record Outcome(int status, String out, String err) {}

    @BeforeEach
    void layOut() throws IOException {
        Files.createDirectories(folder.resolve("tree/scripts"));
        copy("millrace");
        copy("mvnw");
        copy("scripts/jdk.sh");
        Files.writeString(folder.resolve("tree/pom.xml"), "<project/>");
        Files.createDirectories(folder.resolve("tree/standalone/src/main/java"));
        Files.writeString(folder.resolve("tree/standalone/pom.xml"), "<project/>");
        Files.writeString(folder.resolve("tree/standalone/src/main/java/Mill.java"), "class Mill {}");
        Files.createDirectories(folder.resolve("path"));
        environment.put("HOME", folder.resolve("home").toString());
        environment.put("PATH", folder.resolve("path") + ":/usr/bin:/bin");
        Files.createDirectories(folder.resolve("home"));
    }

    @Test
    void java_home_wins_if_it_is_new_enough() throws Exception {
        Path chosen = jdk("mine", 26);
        environment.put("JAVA_HOME", chosen.toString());
        assertThat(chosenJdk()).isEqualTo(chosen.toString());
    }

    @Test
    void a_java_home_that_is_too_old_is_passed_over() throws Exception {
        environment.put("JAVA_HOME", jdk("old", 17).toString());
        jdk("home/.sdkman/candidates/java/25.0.1-tem", 25);
        assertThat(chosenJdk()).doesNotContain("old");
    }

    @Test
    void a_runtime_without_a_compiler_is_no_jdk() throws Exception {
        Path runtime = jdk("runtime", 25);
        Files.delete(runtime.resolve("bin/javac"));
        environment.put("JAVA_HOME", runtime.toString());
        jdk("home/.asdf/installs/java/temurin-25", 25);
        assertThat(chosenJdk()).isNotEqualTo(runtime.toString());
    }

    @Test
    void a_java_17_first_on_the_path_does_not_matter() throws Exception {
        program("path/java", "echo java 17 was called; exit 1");
        Path chosen = jdk("mine", 25);
        environment.put("JAVA_HOME", chosen.toString());
        builtBefore();
        Outcome outcome = run("./millrace", "status");
        assertThat(outcome.out()).contains("mine/bin/java").doesNotContain("java 17");
    }

    @Test
    void an_mvn_3_8_first_on_the_path_fetches_a_newer_one_and_is_not_used_itself() throws Exception {
        environment.put("JAVA_HOME", jdk("mine", 25).toString());
        program("path/mvn", """
            if [ "$1" = --version ]; then echo "Apache Maven 3.8.7"; exit 0; fi
            for argument in "$@"; do
              case "$argument" in -DoutputDirectory=*) into=${argument#*=} ;; esac
            done
            mkdir -p "$into/apache-maven-3.9.11/bin"
            printf '#!/bin/sh\\necho new maven: "$@"\\n' > "$into/apache-maven-3.9.11/bin/mvn"
            """);
        Outcome outcome = run("./mvnw", "verify");
        assertThat(outcome.out()).contains("new maven:").contains("verify");
        assertThat(outcome.status()).isZero();
    }

    @Test
    void a_build_that_fails_says_so_with_the_errors_and_where_its_log_is() throws Exception {
        environment.put("JAVA_HOME", jdk("mine", 25).toString());
        program("tree/mvnw", "echo '[ERROR] Mill.java: the wheel is missing'; exit 1");
        Outcome outcome = run("./millrace", "status");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("the wheel is missing").contains("build.log");
        assertThat(outcome.out()).doesNotContain("bin/java");
    }

    @Test
    void what_is_built_is_not_built_again_until_a_source_changes() throws Exception {
        environment.put("JAVA_HOME", jdk("mine", 25).toString());
        fakeBuild();
        assertThat(run("./millrace", "up").err())
                .contains("Building standalone")
                .contains("[1/1]");
        assertThat(run("./millrace", "up").err()).doesNotContain("Building");
        Path source = folder.resolve("tree/standalone/src/main/java/Mill.java");
        Thread.sleep(20);
        Files.writeString(source, "class Mill { int wheel; }");
        // a server that runs is reached and stopped by what it was built from
        assertThat(run("./millrace", "status").err()).doesNotContain("Building");
        assertThat(run("./millrace", "up").err()).contains("Building standalone");
        Thread.sleep(20);
        Files.delete(source);
        assertThat(run("./millrace", "up").err()).contains("Building standalone");
        assertThat(run("./millrace", "up").err()).doesNotContain("Building");
    }

    @Test
    void the_vector_module_is_there_only_for_what_computes_and_only_where_kernels_in_c_are_missing_or_unwanted()
            throws Exception {
        environment.put("JAVA_HOME", jdk("mine", 25).toString());
        fakeBuild();
        assertThat(run("./millrace", "up", "--port", "1").out()).contains(VECTOR_MODULE);
        assertThat(run("./millrace", "status").out()).doesNotContain(VECTOR_MODULE + " ");
        Files.createDirectories(folder.resolve("tree/kernels/target"));
        Files.writeString(folder.resolve("tree/kernels/target/libmillrace_kernels.so"), "");
        Files.delete(folder.resolve("tree/standalone/target/millrace/started"));
        assertThat(run("./millrace", "up", "--port", "1").out()).doesNotContain(VECTOR_MODULE);
        environment.put("MILLRACE_INFERENCE_KERNELS", "vector");
        assertThat(run("./millrace", "up", "--port", "1").out()).contains(VECTOR_MODULE);
    }

    @Test
    void what_starts_a_platform_in_the_background_is_told_its_options_and_has_others_itself() throws Exception {
        environment.put("JAVA_HOME", jdk("mine", 25).toString());
        environment.put("MILLRACE_JAVA_OPTS", "-Xmx3g -Dmill=wheel");
        fakeBuild();
        assertThat(run("./millrace", "up").out().lines().findFirst().orElseThrow())
                .contains("-Xmx3g -Dmill=wheel")
                .doesNotContain(QUICK);
        List<String> detached =
                run("./millrace", "up", "--detach").out().lines().toList();
        assertThat(detached.getFirst()).contains(QUICK).doesNotContain("-Xmx3g");
        assertThat(detached)
                .contains("-Xmx3g")
                .anyMatch(line -> line.startsWith("-Dmill=wheel ") && line.endsWith("up --detach"));
    }

    @Test
    void a_folder_with_a_space_in_its_name_is_no_trouble() throws Exception {
        environment.put("JAVA_HOME", jdk("my jdk", 25).toString());
        environment.put("MILLRACE_HOME", folder.resolve("my home").toString());
        fakeBuild();
        Outcome outcome = run("./millrace", "run", "two words");
        assertThat(outcome.out()).contains("my jdk/bin/java").endsWith("run two words\n");
    }

    /** Pretends that a build is there and younger than every source. */
    private void builtBefore() throws Exception {
        fakeBuild();
        run("./millrace", "status");
    }

    private void fakeBuild() throws IOException {
        program("tree/mvnw", """
            cd "$(dirname "$0")/standalone"
            mkdir -p target/lib
            echo '[INFO] Building Millrace standalone 0.1.0-SNAPSHOT        [1/1]'
            date +%N > target/standalone-0.1.0-SNAPSHOT.jar
            : > target/lib/other.jar
            """);
    }

    private String chosenJdk() throws Exception {
        Outcome outcome = run("bash", "-c", ". scripts/jdk.sh; require_jdk; echo \"$JAVA_HOME\"");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        return outcome.out().strip();
    }

    /** A folder that looks like a JDK; its java says how it was called. */
    private Path jdk(String where, int release) throws IOException {
        Path home = folder.resolve(where);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + release + ".0.1\"\n");
        program(where + "/bin/javac", "exit 1");
        program(where + "/bin/java", "echo \"$0\" \"$@\"");
        return home;
    }

    private void program(String where, String body) throws IOException {
        Path file = folder.resolve(where);
        Files.writeString(file, "#!/usr/bin/env bash\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private void copy(String script) throws IOException {
        Path target = folder.resolve("tree").resolve(script);
        Files.copy(ROOT.resolve(script), target);
        assertThat(target.toFile().setExecutable(true)).isTrue();
    }

    private Outcome run(String... command) throws Exception {
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.resolve("tree").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        int status = builder.start().waitFor();
        return new Outcome(
                status, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }
}
