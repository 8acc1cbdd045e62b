package dev.millrace.standalone.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void a_free_port_is_none_that_the_system_hands_out_by_itself() throws Exception {
        int port = Ports.free();
        // what Linux, macOS and Windows begin with
        assertThat(port).isLessThan(32_768);
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(Ports.isFree(port)).isFalse();
        }
        assertThat(Ports.isFree(port)).isTrue();
    }
}
