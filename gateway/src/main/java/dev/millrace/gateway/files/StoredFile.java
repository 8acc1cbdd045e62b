package dev.millrace.gateway.files;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a file.
 *
 * @param id names it, and its bytes in the folder: {@code file-...}
 * @param tenant whose it is: nobody else sees it
 * @param filename what its owner calls it
 * @param purpose what it is for, by OpenAI's names: {@code fine-tune}, {@code assistants}, ...
 * @param expiresAt from when on it is gone; empty for one that stays until it is deleted
 */
public record StoredFile(
        String id,
        String tenant,
        String filename,
        String purpose,
        long bytes,
        Instant createdAt,
        Optional<Instant> expiresAt) {}
