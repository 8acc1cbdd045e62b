package dev.millrace.rag;

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
            .importPackages("dev.millrace.rag");

    @Test
    void rooms_know_only_those_further_in() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("root")
                .definedBy("dev.millrace.rag")
                .layer("grpc")
                .definedBy("..rag.grpc..")
                .layer("events")
                .definedBy("..rag.events..")
                .layer("database")
                .definedBy("..rag.database..")
                .layer("wire")
                .definedBy("..rag.wire..")
                .layer("ingest")
                .definedBy("..rag.ingest..")
                .layer("retrieve")
                .definedBy("..rag.retrieve..")
                .layer("check")
                .definedBy("..rag.check..")
                .layer("catalogue")
                .definedBy("..rag.catalogue..")
                .layer("store")
                .definedBy("..rag.store..")
                .layer("chunk")
                .definedBy("..rag.chunk..")
                .layer("parse")
                .definedBy("..rag.parse..")
                .layer("embed")
                .definedBy("..rag.embed..")
                .layer("index")
                .definedBy("..rag.index..")
                .whereLayer("root")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("grpc")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("events")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("database")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("wire")
                .mayOnlyBeAccessedByLayers("grpc", "events")
                .whereLayer("ingest")
                .mayOnlyBeAccessedByLayers("root", "grpc", "events")
                .whereLayer("retrieve")
                .mayOnlyBeAccessedByLayers("root", "grpc")
                .whereLayer("check")
                .mayOnlyBeAccessedByLayers("root", "grpc")
                .whereLayer("catalogue")
                .mayOnlyBeAccessedByLayers("root", "grpc", "events", "wire", "ingest")
                .whereLayer("store")
                .mayOnlyBeAccessedByLayers("root", "grpc", "ingest")
                .whereLayer("chunk")
                .mayOnlyBeAccessedByLayers("wire", "ingest", "catalogue")
                .whereLayer("parse")
                .mayOnlyBeAccessedByLayers("root", "ingest", "chunk")
                .whereLayer("embed")
                .mayOnlyBeAccessedByLayers("root", "grpc", "ingest", "retrieve", "check", "chunk")
                .check(CLASSES);
    }

    @Test
    void spring_protobuf_and_kafka_stay_at_the_edges() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "..rag.ingest..",
                        "..rag.retrieve..",
                        "..rag.check..",
                        "..rag.catalogue..",
                        "..rag.store..",
                        "..rag.chunk..",
                        "..rag.parse..",
                        "..rag.embed..",
                        "..rag.index..",
                        "..rag.text..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "com.google..",
                        "io.grpc..",
                        "org.apache.kafka..",
                        "dev.millrace.contracts..")
                .check(CLASSES);
    }

    @Test
    void each_library_is_known_in_its_own_room() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..rag.index..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.lucene..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("..rag.parse..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.tika..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("..rag.embed..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.onnxruntime..")
                .check(CLASSES);
    }

    @Test
    void there_is_one_configuration_in_the_root_package() {
        classes()
                .that()
                .areAnnotatedWith(Configuration.class)
                .should()
                .resideInAPackage("dev.millrace.rag")
                .check(CLASSES);
    }
}
