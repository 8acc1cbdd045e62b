package dev.millrace.standalone.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.aot.AotApplicationContextInitializer;
import org.springframework.core.SpringProperties;
import org.springframework.javapoet.ClassName;
import org.springframework.util.ClassUtils;

/**
 * Spring's ahead-of-time processing, which the build runs: it works out once what each service's context is made of, and
 * writes that down as code. A start then neither reads configuration classes nor weighs conditions, which would be more
 * than half of its work.
 */
final class AheadOfTime {
    private AheadOfTime() {}

    /** Has a service's context made by the generated code, if the build made any. */
    static void use(Services.Service service, SpringApplication application) {
        String initializer = service.main().getName() + "__" + prefix(service) + "ApplicationContextInitializer";
        if (ClassUtils.isPresent(initializer, null)) {
            SpringProperties.setFlag("spring.aot.enabled");
            application.addInitializers(
                    AotApplicationContextInitializer.<ConfigurableApplicationContext>forInitializerClasses(
                            initializer));
        }
    }

    /** In names of generated classes: services share the libraries' packages, and differ in what they use of them. */
    private static String prefix(Services.Service service) {
        return service.main().getSimpleName().replace("Application", "");
    }

    /**
     * What the build runs.
     *
     * @param arguments a folder to work in, and the folder of the module's classes
     */
    public static void main(String[] arguments) throws IOException {
        Path work = Path.of(arguments[0]);
        Path classes = Path.of(arguments[1]);
        // any values will do: settings are read anew at each start
        Plan plan = new Plan(new Home(work), 8080, 9090, List.of(new NamedModel("model", work)));
        PostgreSql.Address database = new PostgreSql.Address(5432, "password");
        List<Path> sources = new ArrayList<>();
        for (Services.Service service : List.of(
                Services.tokenizer(plan),
                Services.inference(plan),
                Services.rag(plan, database, 9092),
                Services.training(plan, database, 9092),
                Services.gateway(plan, database, 9092))) {
            Path made = work.resolve(prefix(service));
            new Processor(service, made).process();
            sources.addAll(filesIn(made.resolve("sources")));
            copy(made.resolve("classes"), classes);
        }
        compile(sources, classes);
    }

    private static final class Processor extends SpringApplicationAotProcessor {
        private final Services.Service service;

        Processor(Services.Service service, Path output) {
            super(
                    service.main(),
                    Settings.builder()
                            .sourceOutput(output.resolve("sources"))
                            .resourceOutput(output.resolve("resources"))
                            .classOutput(output.resolve("classes"))
                            .groupId("dev.millrace")
                            .artifactId("standalone")
                            .build(),
                    service.arguments().toArray(String[]::new));
            this.service = service;
        }

        @Override
        protected ClassNameGenerator createClassNameGenerator() {
            return new ClassNameGenerator(ClassName.get(service.main()), prefix(service));
        }
    }

    private static void compile(List<Path> sources, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options = List.of(
                "-proc:none",
                "-nowarn",
                "-parameters",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path"));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavaCompiler.CompilationTask task =
                    compiler.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(sources));
            if (!task.call()) {
                throw new IllegalStateException("the generated code does not compile");
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        for (Path file : filesIn(from)) {
            Path target = to.resolve(from.relativize(file));
            Files.createDirectories(target.resolveSibling("."));
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
