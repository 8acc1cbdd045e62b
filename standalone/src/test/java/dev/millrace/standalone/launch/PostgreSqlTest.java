package dev.millrace.standalone.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgreSqlTest {
    private static final String VERSION = Build.current().postgres();

    @TempDir
    Path folder;

    @Test
    void what_was_acknowledged_is_there_after_the_server_was_killed_and_its_owner_too() throws Exception {
        Home home = home();
        PostgreSql.Address first = PostgreSql.address(home);
        PostgreSql.start(home, VERSION, first);
        execute(first, "create table mills (name text)");
        execute(first, "insert into mills values ('Mapledurham')");
        // its owner is gone, and nobody stopped it; then the machine loses power
        kill("-KILL");

        PostgreSql.Address second = PostgreSql.address(home);
        try (PostgreSql _ = PostgreSql.start(home, VERSION, second)) {
            assertThat(mill(second)).isEqualTo("Mapledurham");
        }
    }

    @Test
    void a_server_that_a_killed_process_left_running_is_replaced() throws Exception {
        Home home = home();
        PostgreSql.Address first = PostgreSql.address(home);
        PostgreSql.start(home, VERSION, first);
        execute(first, "create table mills as select 'Redbournbury' as name");
        long left = pid();

        PostgreSql.Address second = PostgreSql.address(home);
        try (PostgreSql _ = PostgreSql.start(home, VERSION, second)) {
            assertThat(pid()).isNotEqualTo(left);
            assertThat(mill(second)).isEqualTo("Redbournbury");
        }
    }

    @Test
    void a_pid_file_whose_number_belongs_to_another_program_harms_neither() throws Exception {
        Home home = home();
        PostgreSql.start(home, VERSION, PostgreSql.address(home)).close();
        Process bystander = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(pidFile(), bystander.pid() + "\n" + pidFile().getParent() + "\n");
            try (PostgreSql _ = PostgreSql.start(home, VERSION, PostgreSql.address(home))) {
                assertThat(bystander.isAlive()).isTrue();
            }
        } finally {
            bystander.destroyForcibly();
        }
    }

    @Test
    void its_password_and_data_are_for_their_owner_alone() throws Exception {
        Home home = home();
        PostgreSql.start(home, VERSION, PostgreSql.address(home)).close();
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(home.postgres().resolve("password"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(pidFile().getParent())))
                .isEqualTo("rwx------");
    }

    private Home home() throws Exception {
        Home home = new Home(folder.resolve("home"));
        home.create();
        return home;
    }

    private Path pidFile() {
        return folder.resolve("home/postgres/data-" + VERSION.substring(0, VERSION.indexOf('.')) + "/postmaster.pid");
    }

    private long pid() throws Exception {
        return Long.parseLong(Files.readAllLines(pidFile()).getFirst().strip());
    }

    private void kill(String signal) throws Exception {
        long server = pid();
        List<Long> children = ProcessHandle.of(server)
                .orElseThrow()
                .children()
                .map(ProcessHandle::pid)
                .toList();
        new ProcessBuilder("kill", signal, Long.toString(server)).start().waitFor();
        // the backends see that their parent is gone, and end
        for (long child : children) {
            while (ProcessHandle.of(child).filter(ProcessHandle::isAlive).isPresent()) {
                Thread.sleep(5);
            }
        }
    }

    private static void execute(PostgreSql.Address address, String sql) throws SQLException {
        try (Connection connection = connect(address);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String mill(PostgreSql.Address address) throws SQLException {
        try (Connection connection = connect(address);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select name from mills")) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static Connection connect(PostgreSql.Address address) throws SQLException {
        return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
    }
}
