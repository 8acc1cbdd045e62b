package dev.millrace.gateway.usage;

import java.io.IOException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes each record into the journal, from where it is published. */
public final class UsageLog implements Usages {
    private static final Logger log = LoggerFactory.getLogger(UsageLog.class);

    private final Journal journal;
    private final Function<RequestUsage, byte[]> form;
    private final BudgetNote budgets;

    /** Whoever keeps budgets learns of each record before the database does. */
    public interface BudgetNote {
        void told(String keyId, String requestId, long usedTokens);
    }

    /**
     * @param form what a record looks like on its way
     */
    public UsageLog(Journal journal, Function<RequestUsage, byte[]> form, BudgetNote budgets) {
        this.journal = journal;
        this.form = form;
        this.budgets = budgets;
    }

    @Override
    public void record(RequestUsage usage) {
        budgets.told(usage.keyId(), usage.requestId(), usage.promptTokens() + usage.completionTokens());
        try {
            journal.append(form.apply(usage));
        } catch (IOException full) {
            // the last place where it can still be found
            log.error("usage could not be written to the journal: {}", usage, full);
        }
    }
}
