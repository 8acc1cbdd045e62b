package dev.millrace.tokenizer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Configuration;

/** Which room of this service may know which, and what stays at its edges. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.millrace.tokenizer");

    @Test
    void rooms_know_only_those_further_in() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("root")
                .definedBy("dev.millrace.tokenizer")
                .layer("grpc")
                .definedBy("..tokenizer.grpc..")
                .layer("models")
                .definedBy("..tokenizer.models..")
                .layer("chat")
                .definedBy("..tokenizer.chat..")
                .layer("template")
                .definedBy("..tokenizer.template..")
                .layer("vocabulary")
                .definedBy("..tokenizer.vocabulary..")
                .whereLayer("root")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("grpc")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("models")
                .mayOnlyBeAccessedByLayers("root", "grpc")
                .whereLayer("chat")
                .mayOnlyBeAccessedByLayers("root", "grpc", "models")
                .whereLayer("template")
                .mayOnlyBeAccessedByLayers("chat")
                .whereLayer("vocabulary")
                .mayOnlyBeAccessedByLayers("root", "grpc", "models", "chat")
                .check(CLASSES);
    }

    @Test
    void spring_and_protobuf_stay_at_the_edges() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "..tokenizer.models..",
                        "..tokenizer.chat..",
                        "..tokenizer.template..",
                        "..tokenizer.vocabulary..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "com.google..", "io.grpc..", "dev.millrace.contracts..")
                .check(CLASSES);
    }

    @Test
    void there_is_one_configuration_in_the_root_package() {
        classes()
                .that()
                .areAnnotatedWith(Configuration.class)
                .should()
                .resideInAPackage("dev.millrace.tokenizer")
                .check(CLASSES);
    }

    @Test
    void the_native_binding_is_known_in_one_place() {
        noClasses()
                .that()
                .doNotHaveSimpleName("NativeEncoder")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(CLASSES);
    }
}
