package dev.millrace.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a worker's JVM takes over from the service's. */
class WorkerOptionsTest {
    @Test
    void with_a_cache_all_that_java_takes_it_for_comes_along_and_nothing_else() {
        assertThat(TrainingConfiguration.likeThisJvm(List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseCompactObjectHeaders",
                        "-XX:+UseSerialGC",
                        "-Xmx8g",
                        "-Dmillrace.root=/x",
                        "-XX:AOTCache=/x/platform.aot")))
                .containsExactly("-XX:+UseCompactObjectHeaders", "-XX:+UseSerialGC", "-XX:AOTCache=/x/platform.aot");
    }

    @Test
    void without_one_the_vector_module_is_there() {
        assertThat(TrainingConfiguration.likeThisJvm(List.of("-XX:+UseSerialGC", "-Xmx8g")))
                .containsExactly("--add-modules=jdk.incubator.vector");
    }
}
