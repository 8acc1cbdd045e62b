package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.launch.Home;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    Path folder;

    private record Outcome(int status, String out) {}

    @Test
    void it_names_what_a_report_of_trouble_needs() {
        String said = doctor(Map.of()).out();
        assertThat(said)
                .containsPattern("ok +JDK +" + Runtime.version().feature())
                .containsPattern("Processor +" + Runtime.getRuntime().availableProcessors() + " cores")
                .containsPattern("Memory +.* GB free")
                .containsPattern("Disk +.* GB free at " + folder)
                .contains("Port 8080")
                .contains("Port 9090");
    }

    @Test
    void kernels_are_those_that_the_inference_service_would_choose_and_say_why() {
        assertThat(doctor(Map.of()).out()).containsPattern("ok +Kernels +.*, the fastest that works here");
        assertThat(doctor(Map.of("MILLRACE_INFERENCE_KERNELS", "scalar")).out())
                .containsPattern("ok +Kernels +scalar.*, asked for");
    }

    @Test
    void kernels_that_do_not_exist_are_in_the_way() {
        Outcome outcome = doctor(Map.of("MILLRACE_INFERENCE_KERNELS", "quantum"));
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).containsPattern("BAD +Kernels +.*\"quantum\".*native");
    }

    @Test
    void models_that_are_there_are_named_and_else_the_one_that_would_be_fetched() throws Exception {
        assertThat(doctor(Map.of()).out()).containsPattern("Models +none yet; .* fetches smollm2-135m");
        Files.createDirectories(folder.resolve("models"));
        Files.writeString(folder.resolve("models/gemma3-270m.gguf"), "");
        assertThat(doctor(Map.of()).out()).containsPattern("Models +gemma3-270m \\(0.3 GB\\)");
    }

    @Test
    void a_port_in_use_is_in_the_way_and_its_owner_is_named() throws Exception {
        try (ServerSocket _ = new ServerSocket(8080, 1, InetAddress.getLoopbackAddress())) {
            Outcome outcome = doctor(Map.of());
            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.out()).containsPattern("BAD +Port 8080 +in use").contains("--port");
        } catch (java.net.BindException e) {
            // somebody else has it: the same finding
            assertThat(doctor(Map.of()).out()).containsPattern("BAD +Port 8080 +in use");
        }
    }

    private Outcome doctor(Map<String, String> environment) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        int status = Millrace.run(new Session(new Home(folder), environment, stream, stream), "doctor");
        return new Outcome(status, out.toString(StandardCharsets.UTF_8));
    }
}
