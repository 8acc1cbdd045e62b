package dev.millrace.training.events;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/** The topics of training. */
public final class Topics {
    public static final String REQUESTS = "millrace.training.requests.v1";
    public static final String PROGRESS = "millrace.training.progress.v1";
    public static final String ADAPTERS = "millrace.training.adapters.v1";
    private static final int PARTITIONS = 3;

    private Topics() {}

    /** Makes those that aren't there. */
    static void make(Map<String, Object> connection) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(connection)) {
            for (String topic : List.of(REQUESTS, PROGRESS, ADAPTERS)) {
                try {
                    admin.createTopics(List.of(new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty())))
                            .all()
                            .get();
                } catch (ExecutionException failure) {
                    if (!(failure.getCause() instanceof TopicExistsException)) {
                        throw failure;
                    }
                }
            }
        }
    }
}
