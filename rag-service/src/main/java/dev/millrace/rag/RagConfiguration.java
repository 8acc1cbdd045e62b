package dev.millrace.rag;

import dev.millrace.rag.catalogue.CollectionTable;
import dev.millrace.rag.catalogue.DocumentTable;
import dev.millrace.rag.check.CrossEncoder;
import dev.millrace.rag.check.GroundednessCheck;
import dev.millrace.rag.database.Schema;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.events.IngestConsumer;
import dev.millrace.rag.events.IngestPublisher;
import dev.millrace.rag.grpc.RagService;
import dev.millrace.rag.ingest.Deletion;
import dev.millrace.rag.ingest.DocumentReader;
import dev.millrace.rag.ingest.Ingestion;
import dev.millrace.rag.parse.ParserPool;
import dev.millrace.rag.retrieve.Retriever;
import dev.millrace.rag.store.FileStore;
import dev.millrace.rag.store.Indexes;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** What the service is made of. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RagSettings.class)
class RagConfiguration {
    @Bean
    InstantSource ragClock() {
        return InstantSource.system();
    }

    @Bean
    Schema schema(DataSource pool) {
        return new Schema(pool);
    }

    @Bean
    CollectionTable collectionTable(Schema schema) {
        return new CollectionTable(schema.database());
    }

    @Bean
    DocumentTable documentTable(Schema schema) {
        return new DocumentTable(schema.database());
    }

    @Bean
    Encoders encoders(RagSettings settings, @Value("${millrace.home}") Path home) {
        Path cache = home.resolve("cache");
        // DJL and what it looks for GPUs with unpack native libraries; whatever we write lies under our home
        System.setProperty("DJL_CACHE_DIR", cache.resolve("djl").toString());
        System.setProperty("jna.tmpdir", cache.resolve("jna").toString());
        // a name that isn't there is to be told at the start
        EncoderModel.named(settings.model());
        return new Encoders(settings.threads());
    }

    @Bean
    FileStore fileStore(RagSettings settings) {
        return new FileStore(settings.folder().resolve("files"));
    }

    @Bean
    Indexes indexes(RagSettings settings) {
        return new Indexes(settings.folder().resolve("indexes"));
    }

    @Bean
    ParserPool parserPool(RagSettings settings) {
        return new ParserPool(settings.parser().limits());
    }

    @Bean
    IngestPublisher ingestPublisher(KafkaProperties kafka, DocumentTable documents) {
        return new IngestPublisher(kafka.buildAdminProperties(), documents);
    }

    @Bean
    Ingestion ingestion(
            CollectionTable collections,
            DocumentTable documents,
            FileStore files,
            Indexes indexes,
            ParserPool parser,
            Encoders encoders,
            IngestPublisher events) {
        return new Ingestion(collections, documents, files, indexes, new DocumentReader(parser, encoders), events);
    }

    @Bean
    IngestConsumer ingestConsumer(Ingestion ingestion, KafkaProperties kafka) {
        return new IngestConsumer(ingestion, kafka.buildAdminProperties());
    }

    /** Takes the encoders so that what the tokenizers' library needs is set before it is loaded. */
    @Bean
    @Conditional(CheckIsShipped.class)
    CrossEncoder crossEncoder(RagSettings settings, Encoders encoders) {
        return new CrossEncoder(settings.threads());
    }

    /** A build without the check's model serves all the rest. */
    static final class CheckIsShipped implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return CrossEncoder.isShipped();
        }
    }

    @Bean
    RagService ragService(
            CollectionTable collections,
            DocumentTable documents,
            FileStore files,
            Indexes indexes,
            Ingestion ingestion,
            Encoders encoders,
            ObjectProvider<CrossEncoder> classifier,
            RagSettings settings,
            InstantSource clock) {
        return new RagService(
                collections,
                documents,
                files,
                indexes,
                ingestion,
                new Deletion(collections, documents, files, indexes, clock),
                new Retriever(encoders),
                Optional.ofNullable(classifier.getIfAvailable()).map(GroundednessCheck::new),
                new RagService.Limits(settings.model(), settings.maxFile().toBytes()),
                clock);
    }

    /** What can wait until calls are answered waits. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> ingestionStart(IngestConsumer consumer) {
        return _ -> consumer.start();
    }
}
