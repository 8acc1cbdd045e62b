package dev.millrace.kernels;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.millrace.kernels");

    @Test
    void the_kernels_depend_on_the_jdk_and_jspecify_only() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.millrace.kernels..",
                        "java..",
                        "com.sun.management..",
                        "jdk.incubator.vector..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void weights_know_nothing_of_quant_and_quant_nothing_of_compute() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("weights")
                .definedBy("..kernels.weights..")
                .layer("quant")
                .definedBy("..kernels.quant..")
                .layer("compute")
                .definedBy("..kernels.compute..")
                .whereLayer("compute")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("quant")
                .mayOnlyBeAccessedByLayers("compute")
                .check(CLASSES);
    }
}
