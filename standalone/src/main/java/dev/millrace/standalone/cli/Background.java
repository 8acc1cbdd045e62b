package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Home;
import dev.millrace.standalone.launch.NamedModel;
import dev.millrace.standalone.launch.Plan;
import dev.millrace.standalone.launch.RunFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Starts the platform as a process of its own, which outlives this one and its terminal. */
final class Background {
    private static final int STOP_SECONDS = 8;

    private Background() {}

    /** Returns once requests are answered (true), or with the reason said (false). */
    static boolean start(Session session, Plan plan) throws IOException, InterruptedException {
        Home home = plan.home();
        home.create();
        Path said = home.logs().resolve("up.log");
        Process process = new ProcessBuilder(command(plan))
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        try {
            return awaitReady(session, process, said);
        } catch (InterruptedException e) {
            // nobody waits for it any more
            process.destroy();
            process.onExit()
                    .orTimeout(STOP_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(_ -> process.destroyForcibly())
                    .join();
            throw e;
        }
    }

    private static boolean awaitReady(Session session, Process process, Path said)
            throws IOException, InterruptedException {
        while (true) {
            Optional<RunFile> running =
                    RunFile.ofLiving(session.home()).filter(file -> file.state().equals("ready"));
            if (running.isPresent()) {
                session.out().print(read(said));
                return true;
            }
            if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
                session.err().print(read(said));
                return false;
            }
        }
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /** A session of its own: Ctrl-C and a closed terminal don't reach it. */
    private static List<String> command(Plan plan) {
        List<String> arguments = new ArrayList<>();
        arguments.add("up");
        arguments.add("--port=" + plan.port());
        arguments.add("--grpc-port=" + plan.grpcPort());
        for (NamedModel model : plan.models()) {
            arguments.add("--model");
            boolean ours = model.path().equals(plan.home().models().resolve(model.name() + ".gguf"));
            arguments.add(ours ? model.name() : model.path().toString());
        }
        Path setsid = Path.of("/usr/bin/setsid");
        List<String> command = new ArrayList<>();
        command.add(Files.isExecutable(setsid) ? setsid.toString() : "nohup");
        command.addAll(JavaProcess.platform(arguments));
        return command;
    }
}
