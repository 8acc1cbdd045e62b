package dev.millrace.standalone.cli;

import dev.millrace.standalone.launch.Control;
import dev.millrace.standalone.launch.RunFile;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/** Stops the platform. */
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description = "Stops the platform in order within five seconds, running requests first.")
final class Down implements Callable<Integer> {
    private static final int PATIENCE_SECONDS = 8;

    private final Session session;

    Down(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws Exception {
        Optional<RunFile> running = RunFile.ofLiving(session.home());
        if (running.isEmpty()) {
            session.out().println("Millrace doesn't run.");
            return 0;
        }
        long begin = System.nanoTime();
        Optional<ProcessHandle> process = ProcessHandle.of(running.get().pid());
        try {
            Control.ask(running.get(), JsonMapper.shared().createObjectNode().put("command", "stop"));
        } catch (IOException e) {
            // it hangs, or is on its way out: then by signal
            process.ifPresent(ProcessHandle::destroy);
        }
        if (process.isPresent()) {
            awaitEnd(process.get());
        }
        session.out().printf("Stopped after %.1f s.%n", (System.nanoTime() - begin) / 1e9);
        return 0;
    }

    private void awaitEnd(ProcessHandle process) throws InterruptedException, ExecutionException {
        try {
            process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            session.err().println("It doesn't stop by itself: killing it. Nothing that was acknowledged is lost.");
            process.destroyForcibly();
            process.onExit().join();
        }
    }
}
