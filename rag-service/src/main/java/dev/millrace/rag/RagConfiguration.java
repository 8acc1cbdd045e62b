package dev.millrace.rag;

import dev.millrace.rag.catalogue.Catalogue;
import dev.millrace.rag.check.CrossEncoder;
import dev.millrace.rag.check.GroundednessCheck;
import dev.millrace.rag.database.PgvectorDatabase;
import dev.millrace.rag.database.PgvectorHealth;
import dev.millrace.rag.database.Schema;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.Encoders;
import dev.millrace.rag.embed.PassageScorer;
import dev.millrace.rag.embed.Precedence;
import dev.millrace.rag.embed.RerankerModel;
import dev.millrace.rag.events.IngestConsumer;
import dev.millrace.rag.events.IngestPublisher;
import dev.millrace.rag.grpc.RagService;
import dev.millrace.rag.index.Indexes;
import dev.millrace.rag.index.pgvector.PgvectorIndexes;
import dev.millrace.rag.ingest.Deletion;
import dev.millrace.rag.ingest.DocumentReader;
import dev.millrace.rag.ingest.ExpiryWatch;
import dev.millrace.rag.ingest.Ingestion;
import dev.millrace.rag.ingest.ReEmbedder;
import dev.millrace.rag.ingest.ReEmbeddingWatch;
import dev.millrace.rag.ingest.Revision;
import dev.millrace.rag.ingest.SentFiles;
import dev.millrace.rag.parse.ParserPool;
import dev.millrace.rag.retrieve.Reranker;
import dev.millrace.rag.retrieve.Reranking;
import dev.millrace.rag.retrieve.Retriever;
import dev.millrace.rag.store.FileStore;
import dev.millrace.rag.store.LuceneIndexes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
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
    private static final Duration EXPIRY_INTERVAL = Duration.ofMinutes(1);
    /** Between two pieces of a file that comes. */
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private static final Logger log = LoggerFactory.getLogger(RagConfiguration.class);

    @Bean
    InstantSource ragClock() {
        return InstantSource.system();
    }

    @Bean
    Schema schema(DataSource pool) {
        return new Schema(pool);
    }

    @Bean
    Catalogue catalogue(Schema schema) {
        return Catalogue.in(schema.database());
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
    @ConditionalOnProperty(name = "millrace.rag.index", havingValue = "pgvector")
    PgvectorDatabase pgvectorDatabase(RagSettings settings) {
        RagSettings.Pgvector where = settings.pgvector();
        return new PgvectorDatabase(where.url(), where.username(), where.password());
    }

    /** In the place of Spring Boot's own, which knows the catalogue's database alone: readiness is that of both. */
    @Bean
    @ConditionalOnProperty(name = "millrace.rag.index", havingValue = "pgvector")
    CompositeHealthContributor dbHealthContributor(DataSource catalogue, PgvectorDatabase index) {
        return CompositeHealthContributor.fromMap(
                Map.of("catalogue", new DataSourceHealthIndicator(catalogue), "index", new PgvectorHealth(index)));
    }

    @Bean
    Indexes indexes(RagSettings settings, ObjectProvider<PgvectorDatabase> pgvector) {
        return switch (settings.index()) {
            case LUCENE -> new LuceneIndexes(settings.folder().resolve("indexes"));
            case PGVECTOR -> new PgvectorIndexes(pgvector.getObject().database());
        };
    }

    @Bean
    ParserPool parserPool(RagSettings settings) {
        return new ParserPool(settings.parser().limits());
    }

    @Bean
    DocumentReader documentReader(FileStore files, ParserPool parser, Encoders encoders) {
        return new DocumentReader(files, parser, encoders);
    }

    @Bean
    IngestPublisher ingestPublisher(KafkaProperties kafka, Catalogue catalogue) {
        return new IngestPublisher(kafka.buildAdminProperties(), catalogue.documents());
    }

    @Bean
    Ingestion ingestion(
            Catalogue catalogue,
            FileStore files,
            Indexes indexes,
            DocumentReader reader,
            IngestPublisher events,
            Precedence precedence,
            RagSettings settings) {
        return new Ingestion(
                catalogue.collections(),
                catalogue.documents(),
                files,
                new SentFiles(settings.files(), settings.maxFile().toBytes()),
                indexes,
                reader,
                events,
                precedence);
    }

    @Bean
    Precedence precedence() {
        return new Precedence();
    }

    @Bean
    IngestConsumer ingestConsumer(Ingestion ingestion, KafkaProperties kafka) {
        return new IngestConsumer(ingestion, kafka.buildAdminProperties());
    }

    @Bean
    Deletion deletion(Catalogue catalogue, FileStore files, Indexes indexes, InstantSource clock) {
        return new Deletion(catalogue, files, indexes, clock);
    }

    @Bean
    ExpiryWatch expiryWatch(Deletion deletion) {
        return new ExpiryWatch(deletion, EXPIRY_INTERVAL);
    }

    @Bean
    ReEmbeddingWatch reEmbeddingWatch(
            Catalogue catalogue,
            Indexes indexes,
            DocumentReader reader,
            Encoders encoders,
            Precedence precedence,
            InstantSource clock) {
        return new ReEmbeddingWatch(
                catalogue.reEmbeddings(),
                indexes,
                new ReEmbedder(catalogue, indexes, reader, encoders, precedence, clock),
                clock);
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

    /**
     * Takes the encoders as the check's does. Null where none is named, which is Spring's way to say that there is no such bean:
     * a condition would be weighed at the build, where contexts become code.
     */
    @Bean
    @Nullable PassageScorer passageScorer(RagSettings settings, Encoders encoders) {
        return settings.reranker().isBlank()
                ? null
                : new PassageScorer(
                        RerankerModel.in(Path.of(settings.reranker()), settings.rerankerTokens()), settings.threads());
    }

    @Bean
    RagService ragService(
            Catalogue catalogue,
            FileStore files,
            Indexes indexes,
            Ingestion ingestion,
            Deletion deletion,
            IngestPublisher events,
            Encoders encoders,
            Precedence precedence,
            ObjectProvider<CrossEncoder> classifier,
            ObjectProvider<PassageScorer> scorers,
            RagSettings settings,
            InstantSource clock) {
        Optional<PassageScorer> scorer = Optional.ofNullable(scorers.getIfAvailable());
        Optional<Reranking> reranking =
                scorer.map(one -> new Reranking(one, settings.rerankerPassages(), settings.rerankerSentences()));
        return new RagService(
                catalogue,
                files,
                indexes,
                new RagService.Changes(ingestion, deletion, new Revision(catalogue, indexes, events, clock)),
                new RagService.Readers(
                        new Retriever(encoders, indexes, precedence, reranking),
                        new Reranker(encoders, scorer, settings.model()),
                        Optional.ofNullable(classifier.getIfAvailable()).map(GroundednessCheck::new)),
                new RagService.Limits(settings.model(), settings.maxFile().toBytes()),
                clock);
    }

    private static void deleteUnfinished(FileStore files, Instant before) {
        try {
            files.deleteUnfinished(before);
        } catch (IOException e) {
            log.warn("files that came only in part are left until the next start: {}", e.getMessage());
        }
    }

    /** What can wait until calls are answered waits. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> ingestionStart(
            FileStore files,
            RagSettings settings,
            InstantSource clock,
            IngestConsumer consumer,
            ExpiryWatch expiry,
            ReEmbeddingWatch reEmbedding) {
        Instant started = clock.instant();
        Instant unfinished = switch (settings.index()) {
            case LUCENE -> started;
            // other replicas write to the same folder
            case PGVECTOR -> started.minus(LONGEST_PAUSE);
        };
        return _ -> {
            Thread.ofVirtual().name("unfinished-files").start(() -> deleteUnfinished(files, unfinished));
            consumer.start();
            expiry.start();
            reEmbedding.start();
        };
    }
}
