package dev.millrace.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds between modules: standalone alone sees them all. */
class ArchitectureTest {
    private static final String ROOT = "dev.millrace.";
    private static final List<String> SERVICES = List.of("gateway", "tokenizer", "inference", "rag", "training");

    private static final JavaClasses PLATFORM = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.millrace");

    @Test
    void every_module_is_looked_at() {
        for (String module :
                List.of("kernels.compute", "contracts.v1", "gateway", "tokenizer", "inference", "rag", "training")) {
            assertThat(PLATFORM.stream().anyMatch(type -> type.getPackageName().equals(ROOT + module)))
                    .as(module)
                    .isTrue();
        }
    }

    @Test
    void no_service_depends_on_another() {
        for (String service : SERVICES) {
            String[] others = SERVICES.stream()
                    .filter(other -> !other.equals(service))
                    .map(other -> ROOT + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + service + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others)
                    .check(PLATFORM);
        }
    }

    @Test
    void nothing_depends_on_standalone() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "standalone..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "standalone..")
                .check(PLATFORM);
    }

    @Test
    void the_command_line_knows_the_launch_and_the_catalogue_and_neither_knows_it() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + "standalone.launch..", ROOT + "standalone.catalogue..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "standalone.cli..")
                .check(PLATFORM);
    }

    @Test
    void packages_of_standalone_form_no_cycle() {
        slices().matching(ROOT + "standalone.(*)..").should().beFreeOfCycles().check(PLATFORM);
    }
}
