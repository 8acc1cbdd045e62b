package dev.millrace.inference;

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
    private static final String ROOT = "dev.millrace.inference.";
    private static final List<String> ROOMS =
            List.of("events", "grpc", "models", "engine", "schedule", "model", "cache", "sample", "text");

    /** Of the rooms, the first: where requests and events come in. */
    private static final int EDGES = 2;

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.millrace.inference");

    @Test
    void each_package_knows_only_those_to_its_right() {
        for (int room = 1; room < ROOMS.size(); room++) {
            String[] left =
                    ROOMS.subList(0, room).stream().map(name -> ROOT + name).toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + ROOMS.get(room))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(left)
                    .check(CLASSES);
        }
    }

    @Test
    void below_the_edge_there_is_neither_spring_nor_protobuf_nor_grpc() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        ROOMS.stream().skip(EDGES).map(name -> ROOT + name).toArray(String[]::new))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "org.springframework..",
                        "com.google.protobuf..",
                        "io.grpc..",
                        "io.micrometer..",
                        "org.apache.kafka..",
                        "dev.millrace.contracts.."))
                .check(CLASSES);
    }

    @Test
    void there_is_one_configuration_and_it_is_in_the_root() {
        classes()
                .that()
                .areAnnotatedWith(Configuration.class)
                .should()
                .haveSimpleName("InferenceConfiguration")
                .andShould()
                .resideInAPackage("dev.millrace.inference")
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
                .resideInAnyPackage("dev.millrace.gateway..", "dev.millrace.tokenizer..", "dev.millrace.standalone..")
                .check(CLASSES);
    }
}
