package dev.millrace.training.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchTest {
    @Test
    void a_process_that_is_killed_leaves_no_temporary_files(@TempDir Path folder) throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Path said = folder.resolve("said.txt");
        int status = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dai.djl.offline=true",
                        "-DDJL_CACHE_DIR=" + System.getProperty("DJL_CACHE_DIR"),
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Killed.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start()
                .waitFor();
        assertThat(status).as(Files.readString(said)).isEqualTo(Killed.STATUS);
        assertThat(temporary).isEmptyDirectory();
    }

    /** Ends as one that is killed does: nothing is tidied up. */
    static final class Killed {
        static final int STATUS = 77;

        public static void main(String[] arguments) {
            Map<String, String> constants = Map.of(
                    "headSize", "2",
                    "attentionBlock", "2",
                    "attentionScale", "1.0",
                    "epsilon", "1.0e-6",
                    "embeddingScale", "1.0",
                    "gate", "torch.silu(gate)",
                    "gateBack", "torch.silu_backward(dgate, gate)");
            Torch torch = new Torch(constants, 1);
            Runtime.getRuntime().halt(torch.root().isOpen() ? STATUS : 1);
        }
    }
}
