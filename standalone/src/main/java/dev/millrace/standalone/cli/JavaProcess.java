package dev.millrace.standalone.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this Java process starts others of the same program. */
final class JavaProcess {
    private static final String CACHE = "-XX:AOTCache";
    private static final String VECTOR_MODULE = "--add-modules";

    private JavaProcess() {}

    /** The command of a process that serves: with the options that ./millrace chose for it, or else with ours. */
    static List<String> platform(List<String> arguments) {
        String chosen = System.getProperty("millrace.platform", "");
        return command(chosen.isEmpty() ? ownOptions() : chosen.lines().toList(), arguments);
    }

    /** The command of a process that serves and writes down, at its end, what Java loaded and compiled for it. */
    static List<String> trainedPlatform(Path cache, List<String> arguments) {
        List<String> options = withoutCache();
        options.add("-XX:AOTCacheOutput=" + cache);
        return command(options, arguments);
    }

    /** The same of a process that only asks the one that serves. */
    static List<String> trainedCommands(Path cache, List<String> arguments) {
        List<String> options = withoutCache();
        options.removeIf(option -> option.startsWith(VECTOR_MODULE));
        options.add("-XX:TieredStopAtLevel=1");
        options.add("-XX:AOTCacheOutput=" + cache);
        return command(options, arguments);
    }

    private static List<String> withoutCache() {
        List<String> options = new ArrayList<>(ownOptions());
        options.removeIf(option -> option.startsWith(CACHE));
        return options;
    }

    private static List<String> ownOptions() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }

    private static List<String> command(List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Millrace.class.getName());
        command.addAll(arguments);
        return command;
    }
}
