package dev.millrace.gateway;

import dev.millrace.gateway.conversation.ConversationTable;
import dev.millrace.gateway.conversation.Retention;
import dev.millrace.gateway.database.Schema;
import dev.millrace.gateway.events.UsageConsumer;
import dev.millrace.gateway.events.UsageEvents;
import dev.millrace.gateway.events.UsagePublisher;
import dev.millrace.gateway.files.FileFolder;
import dev.millrace.gateway.files.FileStore;
import dev.millrace.gateway.files.FileTable;
import dev.millrace.gateway.keys.AdminKey;
import dev.millrace.gateway.keys.KeyChanges;
import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.gateway.keys.KeyRing;
import dev.millrace.gateway.keys.KeyTable;
import dev.millrace.gateway.limit.BudgetRefresh;
import dev.millrace.gateway.limit.PrepaidLimits;
import dev.millrace.gateway.usage.Journal;
import dev.millrace.gateway.usage.UsageLog;
import dev.millrace.gateway.usage.UsageTable;
import java.io.IOException;
import java.sql.DriverManager;
import java.time.InstantSource;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;

/** What the gateway keeps, and where: keys, limits, usage and files, in PostgreSQL and over Kafka. */
@Configuration(proxyBeanMethods = false)
@ComponentScan("dev.millrace.gateway.admin")
@EnableConfigurationProperties({StoreSettings.class, AdminSettings.class, FileSettings.class, ResponseSettings.class})
class StoresConfiguration {
    private static final int JOURNAL_SEGMENT_BYTES = 8 << 20;

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    Schema schema(DataSource pool) {
        return new Schema(pool);
    }

    @Bean
    KeyTable keyTable(Schema schema) {
        return new KeyTable(schema.database());
    }

    @Bean
    KeyRegister keyRegister(KeyTable table, InstantSource clock) {
        return new KeyRegister(table, clock);
    }

    @Bean
    AdminKey adminKey(KeyRegister register, AdminSettings settings) {
        return new AdminKey(register, settings.secret());
    }

    @Bean
    UsageTable usageTable(Schema schema) {
        return new UsageTable(schema.database());
    }

    @Bean
    PrepaidLimits limits(InstantSource clock, UsageTable usage) {
        return new PrepaidLimits(clock, usage);
    }

    @Bean
    KeyRing keys(KeyTable table, InstantSource clock, PrepaidLimits limits) {
        return new KeyRing(table, clock, limits::prepare);
    }

    @Bean
    KeyChanges keyChanges(KeyRing keys, JdbcConnectionDetails database) {
        Properties settings = new Properties();
        settings.setProperty("ApplicationName", "millrace-gateway-keys");
        settings.setProperty("connectTimeout", "2");
        settings.setProperty("socketTimeout", "15");
        settings.setProperty("tcpKeepAlive", "true");
        if (database.getUsername() != null) {
            settings.setProperty("user", database.getUsername());
        }
        if (database.getPassword() != null) {
            settings.setProperty("password", database.getPassword());
        }
        return new KeyChanges(keys, () -> DriverManager.getConnection(database.getJdbcUrl(), settings));
    }

    @Bean
    BudgetRefresh budgetRefresh(PrepaidLimits limits) {
        return new BudgetRefresh(limits);
    }

    @Bean
    ConversationTable conversations(Schema schema) {
        return new ConversationTable(schema.database());
    }

    @Bean
    Retention retention(ConversationTable conversations, ResponseSettings settings, InstantSource clock) {
        return new Retention(conversations, settings.keep(), clock);
    }

    @Bean
    Journal journal(StoreSettings settings) throws IOException {
        return new Journal(settings.journal(), JOURNAL_SEGMENT_BYTES);
    }

    @Bean
    UsageLog usages(Journal journal, PrepaidLimits limits) {
        return new UsageLog(journal, UsageEvents::bytes, limits::told);
    }

    @Bean
    UsagePublisher usagePublisher(Journal journal, KafkaProperties kafka) {
        return new UsagePublisher(journal, connection(kafka));
    }

    @Bean
    UsageConsumer usageConsumer(UsageTable table, KafkaProperties kafka) {
        return new UsageConsumer(table, connection(kafka));
    }

    @Bean
    FileStore fileStore(FileSettings settings, Schema schema, InstantSource clock) {
        return new FileStore(
                new FileFolder(
                        settings.folder(),
                        settings.maxSize().toBytes(),
                        settings.keepFree().toBytes()),
                new FileTable(schema.database()),
                clock);
    }

    private static Map<String, Object> connection(KafkaProperties kafka) {
        return kafka.buildAdminProperties();
    }

    /** What can wait until requests are answered waits. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> background(
            AdminKey adminKey,
            KeyChanges keyChanges,
            BudgetRefresh budgets,
            Retention retention,
            UsagePublisher publisher,
            UsageConsumer consumer,
            FileStore files) {
        return _ -> {
            adminKey.start();
            keyChanges.start();
            budgets.start();
            retention.start();
            publisher.start();
            consumer.start();
            files.start();
        };
    }
}
