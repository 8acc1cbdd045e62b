package dev.millrace.gateway.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SecretTest {
    private final Random random = new Random(7);

    @Test
    void a_key_has_52_characters_and_reads_back() {
        Secret secret = Secret.draw(random);
        assertThat(secret.reveal()).matches("mr-[0-9A-Za-z]{49}");
        assertThat(Secret.parse(secret.reveal()).orElseThrow().hash()).isEqualTo(secret.hash());
    }

    @Test
    void one_wrong_character_anywhere_is_told_without_the_database() {
        String key = Secret.draw(random).reveal();
        for (int at = 0; at < key.length(); at++) {
            char wrong = key.charAt(at) == 'x' ? 'y' : 'x';
            assertThat(Secret.parse(key.substring(0, at) + wrong + key.substring(at + 1)))
                    .as("character %d", at)
                    .isEmpty();
        }
        assertThat(Secret.parse(key + "x")).isEmpty();
        assertThat(Secret.parse("")).isEmpty();
    }

    @Test
    void no_two_keys_are_alike() {
        Set<Secret.Hash> hashes = new HashSet<>();
        for (int count = 0; count < 1_000; count++) {
            assertThat(hashes.add(Secret.draw(random).hash())).isTrue();
        }
    }

    @Test
    void a_key_does_not_print_itself() {
        Secret secret = Secret.draw(random);
        assertThat(secret.toString()).isEqualTo(secret.reveal().substring(0, 9) + "...");
        assertThat(new KeyRegister.Issued(
                                new ApiKey(
                                        "key_1",
                                        "n",
                                        secret.shown(),
                                        Set.of(),
                                        java.util.List.of(),
                                        KeyLimits.NONE,
                                        java.time.Instant.EPOCH,
                                        java.util.Optional.empty(),
                                        java.util.Optional.empty(),
                                        java.util.Optional.empty()),
                                secret)
                        .toString())
                .doesNotContain(secret.reveal());
    }

    @Test
    void the_hash_is_sha_256_of_the_whole_key() {
        // printf 'mr-...' | sha256sum
        Secret secret = Secret.draw(new Random(1));
        assertThat(secret.hash().hex()).isEqualTo(sha256(secret.reveal()));
    }

    private static String sha256(String text) {
        try {
            var digest = java.security.MessageDigest.getInstance("SHA-256");
            return java.util.HexFormat.of()
                    .formatHex(digest.digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
