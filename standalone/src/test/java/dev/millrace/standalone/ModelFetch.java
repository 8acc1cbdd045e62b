package dev.millrace.standalone;

import dev.millrace.standalone.catalogue.Catalogue;
import dev.millrace.standalone.catalogue.ModelEntry;
import dev.millrace.standalone.catalogue.Pull;
import dev.millrace.standalone.catalogue.PullException;
import dev.millrace.standalone.catalogue.PullListener;
import dev.millrace.standalone.launch.Home;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Before the first test, fetches the catalogue's models that this machine lacks: once per machine, into MILLRACE_HOME.
 * What can't be fetched is said here, and each test that needs it fails with its own sentence.
 */
public final class ModelFetch implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        // whoever names a folder of models answers for what is in it
        if (System.getProperty("millrace.models", "").isBlank()) {
            fetch(Home.of(System.getenv()));
        }
    }

    private static void fetch(Home home) {
        Pull pull = new Pull(home.models(), home.temporary().resolve("pull"), System.getenv());
        for (ModelEntry entry : Catalogue.load(home.catalogue()).entries()) {
            try {
                pull.pull(entry, new Lines());
            } catch (PullException e) {
                System.err.println(e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static final class Lines implements PullListener {
        @Override
        public void progress(long done, long total) {
            // a log has no use for a bar
        }

        @Override
        public void say(String sentence) {
            System.err.println(sentence);
        }
    }
}
