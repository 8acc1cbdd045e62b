package dev.millrace.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Configuration;

class ArchitectureTest {
    private static final String ROOT = "dev.millrace.gateway.";
    private static final String[] CORE = {
        ROOT + "keys..",
        ROOT + "limit..",
        ROOT + "usage..",
        ROOT + "route..",
        ROOT + "request..",
        ROOT + "conversation..",
        ROOT + "files.."
    };
    private static final String[] EDGES = {
        ROOT + "openai..",
        ROOT + "grpc..",
        ROOT + "admin..",
        ROOT + "backend..",
        ROOT + "upstream..",
        ROOT + "events..",
        ROOT + "database.."
    };

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.millrace.gateway");

    @Test
    void the_core_speaks_records_only() {
        noClasses()
                .that()
                .resideInAnyPackage(CORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "com.google.protobuf..",
                        "io.grpc..",
                        "io.netty..",
                        "org.apache.kafka..",
                        "tools.jackson..",
                        "dev.millrace.contracts..")
                .check(CLASSES);
    }

    @Test
    void the_core_knows_no_edge() {
        noClasses()
                .that()
                .resideInAnyPackage(CORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(EDGES)
                .check(CLASSES);
    }

    @Test
    void the_two_doors_do_not_know_each_other() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "openai..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "grpc..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(ROOT + "grpc..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "openai..")
                .check(CLASSES);
    }

    /** The engine's messages pass through as they are: a copy of each token would cost more than all else. */
    @Test
    void what_both_doors_share_knows_neither_spring_nor_http() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + "generation..", ROOT + "grounded..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "io.netty..", "org.apache.kafka..", "tools.jackson..")
                .check(CLASSES);
    }

    @Test
    void packages_have_no_cycles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void the_parts_are_put_together_in_one_place() {
        classes()
                .that()
                .areAnnotatedWith(Configuration.class)
                .should()
                .resideInAPackage("dev.millrace.gateway")
                .check(CLASSES);
    }
}
