package dev.millrace.gateway.limit;

import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads every few seconds what keys have used of their months, here and at other gateways. */
public final class BudgetRefresh implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Logger log = LoggerFactory.getLogger(BudgetRefresh.class);

    private final PrepaidLimits limits;
    private final Thread thread;

    public BudgetRefresh(PrepaidLimits limits) {
        this.limits = limits;
        this.thread = Thread.ofPlatform().daemon().name("budget-refresh").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(INTERVAL);
                try {
                    limits.refresh();
                } catch (SQLException away) {
                    log.debug("budgets go on with what is known", away);
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
