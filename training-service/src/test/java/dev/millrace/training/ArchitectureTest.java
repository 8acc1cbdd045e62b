package dev.millrace.training;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Configuration;

/** The rooms of the service: each knows only those to its right. */
class ArchitectureTest {
    private static final String ROOT = "dev.millrace.training.";
    private static final List<String> EDGES = List.of("grpc", "events", "database", "wire");
    private static final List<String> ROOMS =
            List.of("jobs", "data", "worker", "train", "method", "adapter", "model", "examples", "torch");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.millrace.training");

    private static String[] packages(List<String> names) {
        return names.stream().map(name -> ROOT + name).toArray(String[]::new);
    }

    @Test
    void each_package_knows_only_those_to_its_right() {
        for (int room = 0; room < ROOMS.size(); room++) {
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + ROOMS.get(room))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages(EDGES))
                    .check(CLASSES);
            if (room > 0) {
                noClasses()
                        .that()
                        .resideInAPackage(ROOT + ROOMS.get(room))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(packages(ROOMS.subList(0, room)))
                        .check(CLASSES);
            }
        }
    }

    @Test
    void below_the_edges_there_is_neither_spring_nor_protobuf_nor_kafka() {
        noClasses()
                .that()
                .resideInAnyPackage(packages(ROOMS))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "org.springframework..",
                        "com.google.protobuf..",
                        "io.grpc..",
                        "org.apache.kafka..",
                        "dev.millrace.contracts.."))
                .check(CLASSES);
    }

    @Test
    void torch_is_known_to_what_computes_alone() {
        noClasses()
                .that()
                .resideInAnyPackage(packages(List.of("grpc", "events", "database", "wire", "jobs", "data", "method")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("ai.djl.."))
                .check(CLASSES);
    }

    @Test
    void there_is_one_configuration_and_it_is_in_the_root() {
        classes()
                .that()
                .areAnnotatedWith(Configuration.class)
                .should()
                .haveSimpleName("TrainingConfiguration")
                .andShould()
                .resideInAPackage("dev.millrace.training")
                .check(CLASSES);
    }

    @Test
    void no_state_is_static_and_mutable() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }

    @Test
    void other_services_are_unknown() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.millrace.gateway..",
                        "dev.millrace.tokenizer..",
                        "dev.millrace.inference..",
                        "dev.millrace.standalone..")
                .check(CLASSES);
    }
}
